namespace Dowel.Catalog;

/// <summary>The catalog's settings, section <c>Catalog</c>.</summary>
public sealed class CatalogOptions
{
    /// <summary>How many queries run at once, at most half of them of one user; further ones take turns.</summary>
    public int MaxConcurrentQueries { get; set; } = 4;

    /// <summary>How many uploads are converted, and profiles computed, at once, at most half of them of one user; further ones take turns.</summary>
    public int MaxConcurrentJobs { get; set; } = 2;

    /// <summary>How long a query may run, in seconds.</summary>
    public int QueryTimeoutSeconds { get; set; } = 30;

    /// <summary>How much memory a query may use, in MiB; its process takes up to 256 more.</summary>
    public int QueryMemoryMegabytes { get; set; } = 512;

    /// <summary>How long converting an upload or computing a profile may take, in seconds; and a minute more for each 64 MiB of the file.</summary>
    public int JobTimeoutSeconds { get; set; } = 300;

    /// <summary>How much memory converting an upload or computing a profile may take, in MiB; its process takes up to 256 more.</summary>
    public int JobMemoryMegabytes { get; set; } = 3072;
}
