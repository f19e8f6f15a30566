namespace Dowel.Tables.Ingest;

/// <summary>How a CSV file is laid out.</summary>
/// <param name="Delimiter">What separates the fields.</param>
/// <param name="Names">The column names of the header.</param>
/// <param name="Records">How many records follow the header.</param>
internal sealed record CsvLayout(char Delimiter, IReadOnlyList<string> Names, long Records);
