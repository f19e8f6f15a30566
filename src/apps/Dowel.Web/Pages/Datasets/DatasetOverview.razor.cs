namespace Dowel.Web.Pages.Datasets;

/// <summary>What a dataset is: figures, schema, and how to read it from outside.</summary>
public partial class DatasetOverview
{
    private IReadOnlyList<Snippet> snippets = [];

    /// <summary>The dataset.</summary>
    [Parameter, EditorRequired] public Dataset Dataset { get; set; } = new();

    [Inject] private NavigationManager Nav { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        var server = Nav.BaseUri.TrimEnd('/');
        var name = $"{Dataset.Project}.{Dataset.Name}";
        var path = $"{server}/api/v1/datasets/{Uri.EscapeDataString(name)}/data";
        snippets =
        [
            new("dowel", $"dowel query {Code.Shell($"SELECT * FROM {DatasetNames.Quoted(Dataset.Name)} LIMIT 10")}"),
            new("curl", $"curl -H \"Authorization: Bearer $DOWEL_TOKEN\" -o {Code.Shell(Dataset.Name + ".csv")} \\\n  \"{path}?format=csv\""),
            new("Python", $"""
                import io, os, requests, pandas as pd

                answer = requests.get(
                    "{path}",
                    params=dict(format="parquet"),
                    headers=dict(Authorization="Bearer " + os.environ["DOWEL_TOKEN"]),
                )
                answer.raise_for_status()
                table = pd.read_parquet(io.BytesIO(answer.content))
                """),
            new("C#", $"""
                using var dowel = DowelClient.Connect(new Uri("{server}"), token);
                await using var rows = await dowel.Datasets.DownloadAsync({Code.CSharp(name)}, format: "csv");
                """),
        ];
    }
}
