using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>The file formats of datasets.</summary>
public static class DatasetFormats
{
    /// <summary>The format that a file's extension says.</summary>
    /// <param name="path">File name.</param>
    /// <returns><c>csv</c>, <c>parquet</c> or <c>jsonl</c>.</returns>
    public static string OfFile(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" => "csv",
        ".parquet" or ".pq" => "parquet",
        ".jsonl" or ".ndjson" => "jsonl",
        var other => throw DowelException.Of(ErrorCodes.Invalid, $"'{other}' says no known format: give a .csv, .parquet or .jsonl file, or name the format."),
    };

    internal static string ContentType(string format) => format switch
    {
        "csv" => "text/csv",
        "parquet" => "application/vnd.apache.parquet",
        "jsonl" => "application/jsonl",
        _ => "application/octet-stream",
    };
}
