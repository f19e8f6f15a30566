namespace Dowel.Web.Pages.Endpoints;

/// <summary>The endpoints.</summary>
public partial class EndpointList
{
    private IReadOnlyList<Snippet> snippets = [];

    private readonly IReadOnlyList<ListColumn<Endpoint>> columns =
    [
        new("State", e => builder =>
        {
            builder.OpenComponent<StatusChip>(0);
            builder.AddComponentParameter(1, nameof(StatusChip.Text), e.State.ToString().ToLowerInvariant());
            builder.AddComponentParameter(2, nameof(StatusChip.Tone), Tones.Of(e.State));
            builder.AddComponentParameter(3, nameof(StatusChip.Dot), true);
            builder.CloseComponent();
        }),
        new("Serves", e => builder => builder.AddContent(0, e.Deployments.Count > 0 ? DeploymentText.Serves(e.Deployments[0]) : "–")),
    ];

    /// <inheritdoc/>
    protected override void OnInitialized() => snippets =
    [
        new("dowel", "dowel endpoint create my-endpoint --model my-model --replicas 2"),
        new("curl", $$"""
            curl -X POST {{Nav.BaseUri}}api/v1/endpoints -H "Authorization: Bearer $DOWEL_TOKEN" \
              --json '{"name": "my-endpoint", "deployment": {"model": "my-model", "alias": "production", "replicas": 2} }'
            """),
    ];
}
