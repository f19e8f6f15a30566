using System.Text.Json;
using Dowel.Contracts;
using Dowel.Features.Views;
using Dowel.Kernel.Results;

namespace Dowel.Features.Push;

/// <summary>Rows from JSON (<see cref="TableData"/>).</summary>
internal static class JsonRows
{
    public static async Task<Result<RowBatch>> ReadAsync(ViewSchema schema, Stream body, int maxRows, CancellationToken cancellationToken)
    {
        TableData? table;
        try
        {
            table = await JsonSerializer.DeserializeAsync<TableData>(body, DowelJson.Options, cancellationToken);
        }
        catch (JsonException e)
        {
            return new Failure(ErrorCodes.Malformed, $"The JSON body is wrong at '{e.Path}' (line {e.LineNumber + 1}).");
        }
        return table is null ? new Failure(ErrorCodes.Malformed, "The JSON body is null; it must be a table with columns and rows.") : Read(schema, table, maxRows);
    }

    public static Result<RowBatch> Read(ViewSchema schema, TableData table, int maxRows)
    {
        if (table.Columns is null || table.Columns.Any(c => c?.Name is null)) return Failure.Invalid("columns", null, "the columns, each with a name");
        if (table.Rows is not { Count: > 0 }) return Failure.Invalid("rows", "no rows", "at least one row");
        if (table.Rows.Count > maxRows) return new Failure(ErrorCodes.TooLarge, $"A push to this view takes at most {maxRows} rows; this one has {table.Rows.Count}.");
        if (!PushColumns.Create(schema, [.. table.Columns.Select(c => c.Name)]).TryGet(out var columns, out var failure)) return failure;

        var batch = new RowBatch(schema);
        for (var row = 0; row < table.Rows.Count; row++)
        {
            var values = table.Rows[row];
            if (values?.Length != columns.Names.Count)
                return new Failure(ErrorCodes.SchemaMismatch, $"Row {row} has {values?.Length ?? 0} values, but there are {columns.Names.Count} columns.", new FieldError($"rows[{row}]", $"{values?.Length ?? 0} values", $"{columns.Names.Count} values"));
            for (var i = 0; i < values.Length; i++)
            {
                if (columns.TrySet(i, values[i])) continue;
                var given = Show(values[i]);
                return new Failure(ErrorCodes.SchemaMismatch, $"Row {row}, column '{columns.Names[i]}': given {given ?? "nothing"}, expected {columns.Expected(i)}.", new FieldError($"rows[{row}][{i}]", given, columns.Expected(i)));
            }
            columns.Commit(batch);
        }
        return batch;
    }

    private static string? Show(object? value)
    {
        if (value is null) return null;
        var text = JsonSerializer.Serialize(value, DowelJson.Options);
        return text.Length > 200 ? text[..200] + "…" : text;
    }
}
