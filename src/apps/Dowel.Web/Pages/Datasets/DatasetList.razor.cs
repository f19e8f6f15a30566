namespace Dowel.Web.Pages.Datasets;

/// <summary>The datasets.</summary>
public partial class DatasetList
{
    private bool uploading;
    private IReadOnlyList<Snippet> snippets = [];

    private readonly IReadOnlyList<ListColumn<Dataset>> columns =
    [
        new("Rows", d => builder => builder.AddContent(0, d.Latest is { } v ? Formats.Count(v.Rows) : "–"), true),
        new("Columns", d => builder => builder.AddContent(0, d.Latest is { } v ? Formats.Count(v.Columns.Count) : "–"), true),
        new("Version", d => builder => builder.AddContent(0, d.Latest is { } v ? $"{v.Version}" : "–"), true),
    ];

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        var server = Nav.BaseUri.TrimEnd('/');
        snippets =
        [
            new("dowel", "dowel dataset upload my-table.csv"),
            new("curl", $"""
                curl -X POST {server}/api/v1/datasets -H "Authorization: Bearer $DOWEL_TOKEN" \
                  --json '{Braces("\"name\": \"my-table\"")}'
                curl -X POST "{server}/api/v1/datasets/my-table/versions?format=csv&source=my-table.csv" \
                  -H "Authorization: Bearer $DOWEL_TOKEN" -H "Content-Type: text/csv" --data-binary @my-table.csv
                """),
        ];
    }

    private static string Braces(string inside) => "{" + inside + "}";
}
