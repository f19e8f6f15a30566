namespace Dowel.Observability;

/// <summary>The settings of the room, section <c>Observability</c>.</summary>
public sealed class ObservabilityOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Observability";

    /// <summary>How many days predictions and ground truth are kept at least; 0 keeps them for ever.</summary>
    public int RetentionDays { get; set; }

    /// <summary>How many rows of a window a drift test reads at most; of a larger window that many are drawn at random.</summary>
    public int DriftRows { get; set; } = 100_000;

    /// <summary>How many queries over the log run at once; others wait.</summary>
    public int QueriesAtOnce { get; set; } = 4;
}
