namespace Dowel.Web.Pages.Features;

/// <summary>What a feature view is: figures, features, and how to read it.</summary>
public partial class FeatureOverview
{
    private IReadOnlyList<Snippet> snippets = [];

    /// <summary>The view.</summary>
    [Parameter, EditorRequired] public FeatureView View { get; set; } = new();

    [Inject] private NavigationManager Nav { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        var server = Nav.BaseUri.TrimEnd('/');
        var value = View.Entity.Type == "string" ? "\"a\"" : "1";
        var ask = $"{{\"features\": [{Code.Json(View.Name)}], \"entities\": {{{Code.Json(View.Entity.Name)}: [{value}]}}}}";
        snippets =
        [
            new("Online, curl", $$"""
                curl -X POST {{server}}/api/v1/features/online -H "Authorization: Bearer $DOWEL_TOKEN" \
                  --json {{Code.Shell(ask)}}
                """),
            new("Training set, C#", $$"""
                var training = await dowel.FeatureViews.HistoricalAsync(new HistoricalFeaturesRequest
                {
                    Features = [{{Code.CSharp(View.Name)}}],
                    EntityRows = labels, // {{View.Entity.Name}}, event_timestamp and the label
                });
                """),
            new("Online, C#", $$"""
                var now = await dowel.FeatureViews.OnlineAsync(new OnlineFeaturesRequest
                {
                    Features = [{{Code.CSharp(View.Name)}}],
                    Entities = new Dictionary<string, IReadOnlyList<object>> { [{{Code.CSharp(View.Entity.Name)}}] = [{{(View.Entity.Type == "string" ? value : "1L")}}] },
                });
                """),
        ];
    }
}
