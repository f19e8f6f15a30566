namespace Dowel.Web.Pages.Endpoints;

/// <summary>How right an endpoint was, where the truth is known.</summary>
public partial class QualityPanel
{
    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    /// <summary>What is known.</summary>
    [Parameter, EditorRequired] public LiveQuality? Quality { get; set; }

    [Inject] private NavigationManager Nav { get; set; } = null!;

    private IReadOnlyList<Snippet> Snippets() =>
    [
        new("curl", $$"""
            curl -X POST {{Nav.BaseUri}}api/v1/endpoints/{{Uri.EscapeDataString(Endpoint.Name)}}/ground-truth -H "Authorization: Bearer $DOWEL_TOKEN" \
              --json '{"items": [{"predictionId": "PREDICTION_ID", "values": [1]}]}'
            """),
        new("C#", $"await dowel.Monitoring.SendGroundTruthAsync({Code.CSharp(Endpoint.Name)}, [new GroundTruthItem(answer.Id, [1L])]);"),
    ];
}
