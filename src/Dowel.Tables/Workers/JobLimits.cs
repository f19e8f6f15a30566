namespace Dowel.Tables.Workers;

/// <summary>What a conversion or a profile may use.</summary>
public sealed record JobLimits
{
    /// <summary>The defaults.</summary>
    public static JobLimits Default { get; } = new();

    /// <summary>How much memory it may take, in mebibytes. DuckDB gets half of it: reading files takes more than it counts.</summary>
    public int MemoryMegabytes { get; init; } = 3072;

    /// <summary>How long it may run; and a minute more for each 64 MiB of its files.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    internal DuckOptions Duck => new() { MemoryMegabytes = Math.Max(MemoryMegabytes / 2, 1) };
}
