namespace Dowel.Contracts;

/// <summary>Names under which the runs of an experiment logged something, those of most runs first.</summary>
public sealed record LoggedNames
{
    /// <summary>Metrics.</summary>
    public IReadOnlyList<LoggedName> Metrics { get; init; } = [];
    /// <summary>Params.</summary>
    public IReadOnlyList<LoggedName> Params { get; init; } = [];
    /// <summary>Tags.</summary>
    public IReadOnlyList<LoggedName> Tags { get; init; } = [];
}

/// <summary>A name under which runs logged something.</summary>
/// <param name="Name">The name.</param>
/// <param name="Runs">How many runs did, those in the bin included.</param>
public sealed record LoggedName(string Name, long Runs);

/// <summary>The history of one metric of one run, thinned out where it is long.</summary>
/// <param name="Run">Id of the run.</param>
/// <param name="Points">Points in order of step and time.</param>
public sealed record MetricSeries(string Run, IReadOnlyList<MetricSample> Points);

/// <summary>One value of a series.</summary>
/// <param name="Step">Step.</param>
/// <param name="At">When.</param>
/// <param name="Value">Value; NaN and infinities as strings.</param>
public sealed record MetricSample(long Step, DateTimeOffset At, double Value);

/// <summary>Runs that have one value of a param or tag.</summary>
public sealed record RunGroup
{
    /// <summary>The value; null for the runs that have none.</summary>
    public string? Value { get; init; }
    /// <summary>How many runs.</summary>
    public long Runs { get; init; }
    /// <summary>The metrics asked for, as far as runs of the group have them; NaN is left out.</summary>
    public IReadOnlyDictionary<string, MetricSummary> Metrics { get; init; } = new Dictionary<string, MetricSummary>();
}

/// <summary>The last values of a metric over several runs.</summary>
/// <param name="Runs">How many runs have it.</param>
/// <param name="Mean">Mean.</param>
/// <param name="Least">Least.</param>
/// <param name="Most">Most.</param>
public sealed record MetricSummary(long Runs, double Mean, double Least, double Most);

/// <summary>Which runs to group, by what, and which metrics to sum up.</summary>
public sealed record RunGroupQuery
{
    /// <summary><c>params.KEY</c> or <c>tags.KEY</c>.</summary>
    public string By { get; init; } = "";
    /// <summary>Metrics to sum up; at most 50.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];
    /// <summary>Only this status.</summary>
    public RunStatus? Status { get; init; }
    /// <summary>A filter in MLflow's grammar.</summary>
    public string? Filter { get; init; }
    /// <summary>Those there, those in the bin, or both.</summary>
    public LifecycleView View { get; init; }
    /// <summary>How many groups at most, the largest first: 1 to 1000, default 200.</summary>
    public int? Limit { get; init; }
}
