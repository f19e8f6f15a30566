using System.Globalization;

namespace Dowel.Web.Pages.Models;

/// <summary>Versions side by side; which ones stands in the address.</summary>
public partial class VersionComparison
{
    internal const int Fewest = 2, Most = 6;
    private IReadOnlyList<ModelVersion>? versions;
    private IReadOnlyList<VersionSection> sections = [];
    private IReadOnlyList<(int Before, int After, IReadOnlyList<DiffLine> Lines)> texts = [];
    private IReadOnlyList<int> numbers = [];
    private int unseen;

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    [SupplyParameterFromQuery(Name = "versions")] private string? chosen { get; set; }

    [SupplyParameterFromQuery(Name = "diff")] private string? diff { get; set; }

    private bool onlyDifferences => diff == "1";

    private IReadOnlyList<VersionSection> shown =>
        onlyDifferences ? [.. sections.Select(s => s with { Rows = [.. s.Rows.Where(r => r.Differs)] }).Where(s => s.Rows.Count > 0)] : sections;

    /// <inheritdoc/>
    protected override string LoadKey => $"{Model.Id}\n{Model.Revision}\n{string.Join(',', numbers)}";

    /// <inheritdoc/>
    protected override Task OnParametersSetAsync()
    {
        numbers = Numbers(chosen, Model);
        return base.OnParametersSetAsync();
    }

    /// <summary>The versions that an address names; without two of them, the one in production and the newest.</summary>
    internal static IReadOnlyList<int> Numbers(string? text, RegisteredModel model)
    {
        List<int> found = [.. (text ?? "").Split(',').Select(t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0).Where(n => n > 0 && n <= model.LatestVersion).Distinct().Take(Most)];
        var likely = new[] { model.Aliases.GetValueOrDefault("production"), model.LatestVersion, model.LatestVersion - 1, model.LatestVersion - 2 };
        foreach (var n in likely.Where(n => n > 0 && !found.Contains(n)).Distinct().Take(Math.Max(0, Fewest - found.Count)).ToList()) found.Add(n);
        return text is null ? [.. found.Order()] : found;
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var found = new List<ModelVersion>();
        var runs = new Dictionary<string, Run>();
        foreach (var number in numbers)
            if (await OrNullAsync(() => Api.Models.GetVersionAsync(Model.Id, $"{number}", cancellationToken)) is { } version) found.Add(version);
        foreach (var id in found.Select(v => v.RunId).OfType<string>().Distinct())
            if (await OrNullAsync(() => Api.Runs.GetAsync(id, cancellationToken)) is { } run) runs[id] = run;
        if (key != LoadKey) return;
        (versions, sections) = (found, VersionTable.Of(found, runs, Model.Gate));
        texts = [.. found.Zip(found.Skip(1), (before, after) => (before.Version, after.Version, Before: PromptText.Of(before)?.Whole, After: PromptText.Of(after)?.Whole))
            .Where(t => t.Before is not null || t.After is not null).Select(t => (t.Item1, t.Item2, LineDiff.Of(t.Before, t.After)))];
        unseen = found.Select(v => v.RunId).OfType<string>().Distinct().Count(id => !runs.ContainsKey(id));
    }

    private static async Task<T?> OrNullAsync<T>(Func<Task<T>> ask) where T : class
    {
        try
        {
            return await ask();
        }
        catch (DowelException e) when (e.Status is 403 or 404)
        {
            return null;
        }
    }

    private void Pick(int column, string? number) =>
        Show(number is null ? [.. numbers.Where((_, i) => i != column)] : [.. numbers.Select((n, i) => i == column ? int.Parse(number, CultureInfo.InvariantCulture) : n)]);

    private void Show(IReadOnlyList<int> wanted) => SetQuery(("versions", string.Join(',', wanted)));
}
