namespace Dowel.Web.Pages.Experiments;

/// <summary>Sets of runs as filters.</summary>
internal static class RunSets
{
    /// <summary>How many runs the pages compare at the most.</summary>
    public const int Most = 100;

    /// <summary>Exactly these runs, in the bin or not.</summary>
    public static RunQuery Of(IReadOnlyCollection<string> ids) => new()
    {
        Filter = $"attributes.run_id IN ({string.Join(", ", ids.Append("").Select(FilterCompletion.Text))})", View = LifecycleView.All, Limit = Math.Clamp(ids.Count, 1, 1000),
    };

    /// <summary>The ids of an address.</summary>
    public static IReadOnlyList<string> Read(string? text) => [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct().Take(Most)];

    /// <summary>The runs of an address, or the newest.</summary>
    public static async Task<IReadOnlyList<Run>> LoadAsync(DowelClient api, string experiment, string? ids, int newest, CancellationToken cancellationToken) =>
        (await api.Runs.ListAsync(experiment, Read(ids) is { Count: > 0 } chosen ? Of(chosen) : new RunQuery { Limit = newest }, cancellationToken)).Items;

    /// <summary>Runs of a group, within a filter.</summary>
    public static string Within(string? filter, string by, string? value)
    {
        var parts = by.Split('.', 2);
        var field = $"{parts[0]}.`{parts[1]}`";
        var group = value is null ? $"{field} IS NULL" : $"{field} = {FilterCompletion.Text(value)}";
        return string.IsNullOrWhiteSpace(filter) ? group : $"{filter} AND {group}";
    }
}
