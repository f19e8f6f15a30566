namespace Dowel.Web.Pages.Experiments;

/// <summary>A column of the runs table.</summary>
/// <param name="Key">As the API sorts by it: <c>status</c>, <c>started</c>, <c>user</c>, <c>metrics.KEY</c>, <c>params.KEY</c>, <c>tags.KEY</c>; or <c>duration</c>, by which it does not.</param>
public sealed record RunColumn(string Key)
{
    /// <summary>What every run has.</summary>
    internal static readonly IReadOnlyList<string> Attributes = ["status", "started", "duration", "user"];

    /// <summary>What is logged under a name: metrics, params or tags; empty for what every run has.</summary>
    public string Kind => Key.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? Key[..dot] : "";

    /// <summary>Its title.</summary>
    public string Name => Kind.Length == 0 ? char.ToUpperInvariant(Key[0]) + Key[1..] : Key[(Kind.Length + 1)..];

    /// <summary>Whether it holds a metric.</summary>
    public bool IsMetric => Kind == "metrics";

    /// <summary>Whether the API sorts by it.</summary>
    public bool Sortable => Key != "duration";

    /// <summary>Reads the columns of an address; no name has a comma in it.</summary>
    internal static IReadOnlyList<RunColumn> Parse(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct().Where(k => Attributes.Contains(k) || k.Split('.', 2) is ["metrics" or "params" or "tags", { Length: > 0 }]).Select(k => new RunColumn(k))];

    internal static string Write(IEnumerable<RunColumn> columns) => string.Join(',', columns.Select(c => c.Key));

    /// <summary>The text of a run in this column, where it is text.</summary>
    internal string? Text(Run run) => Kind switch
    {
        "params" => run.Params.GetValueOrDefault(Name),
        "tags" => run.Tags.GetValueOrDefault(Name),
        _ => Key == "user" ? run.User : null,
    };
}
