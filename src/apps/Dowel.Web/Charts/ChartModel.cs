namespace Dowel.Web.Charts;

/// <summary>A chart as the pages think of it; how it is drawn is the wrapper's business.</summary>
public sealed record ChartModel
{
    /// <summary>What is drawn.</summary>
    public IReadOnlyList<ChartSeries> Series { get; init; } = [];

    /// <summary>Title of the x axis.</summary>
    public string? XTitle { get; init; }

    /// <summary>Title of the y axis.</summary>
    public string? YTitle { get; init; }

    /// <summary>What stands on the x axis.</summary>
    public AxisKind XKind { get; init; }

    /// <summary>Least and most of the y axis; null to fit.</summary>
    public (double Low, double High)? YRange { get; init; }

    /// <summary>Least and most of a numeric x axis; null to fit.</summary>
    public (double Low, double High)? XRange { get; init; }

    /// <summary>Least and most of a time axis; null to fit.</summary>
    public (DateTimeOffset Low, DateTimeOffset High)? XTimes { get; init; }

    /// <summary>Format of the y values, as d3 writes it, such as <c>.0%</c>.</summary>
    public string? YFormat { get; init; }

    /// <summary>Whether bars lie.</summary>
    public bool Horizontal { get; init; }

    /// <summary>Whether bars stand on each other.</summary>
    public bool Stacked { get; init; }

    /// <summary>Whether the y axis begins at zero.</summary>
    public bool FromZero { get; init; }

    /// <summary>Whether the y axis is logarithmic.</summary>
    public bool YLog { get; init; }

    /// <summary>Whether the series are named in a legend.</summary>
    public bool Legend { get; init; } = true;

    /// <summary>What lies under the series as lines of equal height; null for nothing.</summary>
    public ChartContour? Contour { get; init; }
}

/// <summary>What stands on an axis.</summary>
public enum AxisKind
{
    /// <summary>Numbers.</summary>
    Number,
    /// <summary>Names.</summary>
    Category,
    /// <summary>Instants.</summary>
    Time,
}

/// <summary>How a series is drawn.</summary>
public enum SeriesKind
{
    /// <summary>A line.</summary>
    Line,
    /// <summary>A line with what is below it filled.</summary>
    Area,
    /// <summary>Bars.</summary>
    Bar,
    /// <summary>Points.</summary>
    Points,
}

/// <summary>Which colour of the theme a series has.</summary>
public enum SeriesColor
{
    /// <summary>The next of the row.</summary>
    Auto,
    /// <summary>The accent.</summary>
    Accent,
    /// <summary>Bad.</summary>
    Bad,
    /// <summary>Quiet.</summary>
    Quiet,
}

/// <summary>One series.</summary>
/// <param name="Name">Its name.</param>
/// <param name="X">x values: numbers, names or instants.</param>
/// <param name="Y">y values; null for a gap.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<object?> X, IReadOnlyList<double?> Y)
{
    /// <summary>How it is drawn.</summary>
    public SeriesKind Kind { get; init; }

    /// <summary>Its colour.</summary>
    public SeriesColor Color { get; init; }

    /// <summary>Which colour of the row it has; null for that of its place.</summary>
    public int? ColorIndex { get; init; }

    /// <summary>Whether the line is dashed.</summary>
    public bool Dashed { get; init; }

    /// <summary>Whether it stands back behind the others, and says nothing on hover.</summary>
    public bool Faint { get; init; }

    /// <summary>Half-widths of error bars.</summary>
    public IReadOnlyList<double?>? Errors { get; init; }

    /// <summary>What stands at each bar.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>What to show on hover, a text a point.</summary>
    public IReadOnlyList<string>? Texts { get; init; }
}

/// <summary>Heights on a grid.</summary>
/// <param name="Name">What the heights are.</param>
/// <param name="X">x values of the grid's columns.</param>
/// <param name="Y">y values of the grid's rows.</param>
/// <param name="Z">Heights, a row of the grid each.</param>
public sealed record ChartContour(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double[]> Z);
