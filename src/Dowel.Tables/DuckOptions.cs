namespace Dowel.Tables;

/// <summary>What one in-memory DuckDB may use of the machine.</summary>
public sealed record DuckOptions
{
    /// <summary>The defaults: two threads, 1 GiB of memory, no spilling to disk.</summary>
    public static DuckOptions Default { get; } = new();

    /// <summary>How many threads a query may use.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>The memory that DuckDB may hold, in mebibytes.</summary>
    public int MemoryMegabytes { get; init; } = 1024;

    /// <summary>A folder for what does not fit into memory; null: nothing is spilled and such a query fails.</summary>
    public string? TempDirectory { get; init; }

    /// <summary>How much may be spilled, in mebibytes.</summary>
    public int MaxTempMegabytes { get; init; } = 8192;
}
