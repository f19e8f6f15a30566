using Dowel.Kernel.Results;
using Dowel.Tables.Ingest;

namespace Dowel.Catalog.Uploads;

/// <summary>A file as it comes in.</summary>
/// <param name="Body">Its content.</param>
/// <param name="Length">How long the sender says it is.</param>
/// <param name="Format">The format that the sender names.</param>
/// <param name="ContentType">The media type that the sender names.</param>
/// <param name="Source">The file's name.</param>
internal sealed record Upload(Stream Body, long? Length, string? Format, string? ContentType, string? Source)
{
    private const string Formats = "csv, parquet or jsonl";

    /// <summary>The format: as named, else by media type, else by the file name's end.</summary>
    public Result<TableFormat> ResolveFormat()
    {
        if (!string.IsNullOrEmpty(Format)) return Of(Format) is { } named ? named : Failure.Invalid("format", Format, Formats);
        var media = ContentType?.Split(';', 2)[0].Trim().ToLowerInvariant();
        TableFormat? format = media switch
        {
            "text/csv" or "application/csv" or "text/tab-separated-values" => TableFormat.Csv,
            "application/vnd.apache.parquet" or "application/x-parquet" or "application/parquet" => TableFormat.Parquet,
            "application/jsonl" or "application/x-jsonl" or "application/jsonlines" or "application/x-ndjson" or "application/ndjson" => TableFormat.JsonLines,
            _ => Of(Path.GetExtension(Source ?? "").TrimStart('.').ToLowerInvariant()),
        };
        return format is { } found ? found : Failure.Invalid("format", null, $"{Formats}; or a Content-Type or a source that tells it");
    }

    /// <summary>The file's name alone, fit to be shown; null where there is none.</summary>
    public Result<string?> ResolveSource()
    {
        var name = Source?.Replace('\\', '/').Split('/')[^1].Trim();
        if (string.IsNullOrEmpty(name)) return (string?)null;
        return name.Length > 250 || name.Any(char.IsControl) ? Failure.Invalid("source", Source, "a file name of at most 250 characters without control characters") : name;
    }

    private static TableFormat? Of(string name) => name switch
    {
        "csv" or "tsv" => TableFormat.Csv,
        "parquet" or "pq" => TableFormat.Parquet,
        "jsonl" or "ndjson" => TableFormat.JsonLines,
        _ => null,
    };
}
