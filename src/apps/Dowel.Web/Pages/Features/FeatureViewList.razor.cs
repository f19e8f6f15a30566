namespace Dowel.Web.Pages.Features;

/// <summary>The feature views.</summary>
public partial class FeatureViewList
{
    private IReadOnlyList<Snippet> snippets = [];

    private readonly IReadOnlyList<ListColumn<FeatureView>> columns =
    [
        new("State", f => builder =>
        {
            builder.OpenComponent<StatusChip>(0);
            builder.AddComponentParameter(1, nameof(StatusChip.Text), f.State.ToString().ToLowerInvariant());
            builder.AddComponentParameter(2, nameof(StatusChip.Tone), Tones.Of(f.State));
            builder.CloseComponent();
        }),
        new("Entity", f => builder => builder.AddContent(0, f.Entity.Name)),
        new("Features", f => builder => builder.AddContent(0, Formats.Count(f.Features.Count)), true),
        new("Rows", f => builder => builder.AddContent(0, Formats.Count(f.Rows)), true),
    ];

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        var server = Nav.BaseUri.TrimEnd('/');
        snippets =
        [
            new("curl", $$"""
                curl -X POST {{server}}/api/v1/feature-views -H "Authorization: Bearer $DOWEL_TOKEN" --json '{
                  "name": "customer_features",
                  "entity": {"name": "customer_id", "type": "int64"},
                  "features": [{"name": "orders_30d", "type": "int64"}]
                }'
                curl -X POST {{server}}/api/v1/feature-views/customer_features/push -H "Authorization: Bearer $DOWEL_TOKEN" \
                  -H "Content-Type: text/csv" --data-binary @features.csv
                """),
            new("C#", """
                await dowel.FeatureViews.CreateAsync(new CreateFeatureView
                {
                    Name = "customer_features",
                    Entity = new Entity("customer_id", "int64"),
                    Features = [new Feature { Name = "orders_30d", Type = "int64" }],
                });
                await dowel.FeatureViews.PushCsvAsync("customer_features", File.OpenRead("features.csv"));
                """),
        ];
    }
}
