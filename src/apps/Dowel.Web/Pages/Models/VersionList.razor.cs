using Dowel.Web.Pages.Experiments;

namespace Dowel.Web.Pages.Models;

/// <summary>The versions of a model in a table, or the one that the address names in full.</summary>
public partial class VersionList
{
    private const int MostMetrics = 3, MostNote = 200;
    private readonly SortedSet<int> picked = [];
    private List<ModelVersion>? versions;
    private ModelVersion? current;
    private string? cursor;
    private IReadOnlyList<string> metrics = [];
    private IReadOnlyDictionary<string, double> best = new Dictionary<string, double>();
    private bool hasStages;

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    /// <summary>After an alias was moved.</summary>
    [Parameter] public EventCallback OnMoved { get; set; }

    [SupplyParameterFromQuery(Name = "v")] private int? number { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Model.Id}@{Model.LatestVersion}@{number}";

    private bool isPrompt => PromptText.IsPrompt(Model);

    private string page => $"models/{Uri.EscapeDataString(Model.Id)}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        if (number is { } one)
        {
            current = current?.Version == one ? current : null;
            var version = await Api.Models.GetVersionAsync(Model.Id, $"{one}", cancellationToken);
            if (key == LoadKey) current = version;
            return;
        }
        var found = await Api.Models.VersionsAsync(Model.Id, Query(null), cancellationToken);
        if (key == LoadKey) Take([.. found.Items], found.NextCursor);
    }

    private static ListQuery Query(string? from) => new() { Sort = "-version", Cursor = from, Limit = 50 };

    private void Take(List<ModelVersion> items, string? next)
    {
        (versions, cursor) = (items, next);
        // What the gate asks for, then what most versions have.
        var asked = Model.Gate.Metrics.Select(b => b.Metric).ToHashSet();
        metrics = [.. items.SelectMany(v => v.Metrics.Keys).GroupBy(k => k).OrderBy(g => !asked.Contains(g.Key)).ThenBy(g => RunColumns.IsDetail(g.Key)).ThenByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Take(MostMetrics).Select(g => g.Key)];
        best = metrics.Select(m => (Metric: m, Values: items.Where(v => v.Metrics.TryGetValue(m, out var x) && double.IsFinite(x)).Select(v => v.Metrics[m]).Distinct().ToList()))
            .Where(m => m.Values.Count > 1).ToDictionary(m => m.Metric, m => VersionTable.LessIsBetter(m.Metric, Model.Gate) ? m.Values.Min() : m.Values.Max());
        hasStages = items.Any(v => v.Stage != "None");
    }

    private async Task MoreAsync() => await DoAsync(async ct =>
    {
        var next = await Api.Models.VersionsAsync(Model.Id, Query(cursor), ct);
        Take([.. versions!, .. next.Items], next.NextCursor);
    });

    // A prompt without a message of its author's is known by how it begins.
    private static string NoteOf(ModelVersion version) =>
        version.Description.Length > 0 ? version.Description : PromptText.Of(version)?.Beginning is { } text ? text.Length > MostNote ? text[..MostNote] + "…" : text : "";

    private void Toggle(int version)
    {
        if (!picked.Remove(version)) picked.Add(version);
    }

    private void Compare() => Nav.NavigateTo($"{page}?tab=compare&versions={string.Join(',', picked)}");

    private async Task MovedAsync()
    {
        await ReloadAsync();
        await OnMoved.InvokeAsync();
    }
}
