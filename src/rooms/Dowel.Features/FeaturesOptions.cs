namespace Dowel.Features;

/// <summary>The feature store's settings, section <c>Features</c>.</summary>
public sealed class FeaturesOptions
{
    /// <summary>Rows that one push may bring.</summary>
    public int MaxPushRows { get; set; } = 1_000_000;

    /// <summary>Values that one push may bring: rows times the view's features.</summary>
    public long MaxPushValues { get; set; } = 32_000_000;

    /// <summary>Bytes of CSV that one push may bring; a push is held in memory. A JSON push has the limit of JSON bodies.</summary>
    public long MaxPushBytes { get; set; } = 256L << 20;

    /// <summary>How many pushes and historical retrievals are worked on at once; further ones wait.</summary>
    public int MaxConcurrentJobs { get; set; } = 4;

    /// <summary>How many segments of one size a view collects before they are merged into one.</summary>
    public int MergeSegments { get; set; } = 32;
}
