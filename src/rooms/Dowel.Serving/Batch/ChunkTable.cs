using System.Globalization;
using Dowel.Kernel.Tensors;
using Dowel.Tables;
using DuckDB.NET.Data;

namespace Dowel.Serving.Batch;

/// <summary>The rows of one chunk while they are answered: what was read of the source, and what is written to the chunk's file.</summary>
internal sealed class ChunkTable : IDisposable
{
    public const string Row = "__dowel_row", Model = "__dowel_model", Reason = "__dowel_reason";
    private readonly DuckDBConnection _connection;
    private readonly BatchColumns _columns;

    private ChunkTable(DuckDBConnection connection, BatchColumns columns) => (_connection, _columns) = (connection, columns);

    /// <summary>The first row's number in the source.</summary>
    public long First { get; private init; }

    /// <summary>Rows.</summary>
    public int Count { get; private set; }

    /// <summary>The values by input.</summary>
    public IReadOnlyList<InputValues> Inputs { get; private set; } = [];

    /// <summary>Reads rows <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> of the source.</summary>
    public static ChunkTable Read(BatchFolder folder, string source, BatchColumns columns, long first, int count, CancellationToken cancellationToken)
    {
        var connection = folder.OpenDuck([source]);
        try
        {
            var chunk = new ChunkTable(connection, columns) { First = first };
            var names = columns.Kept.Concat(columns.Inputs.Select(i => i.Column)).Distinct(StringComparer.OrdinalIgnoreCase).Select(n => $", {Duck.Identifier(n)}");
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE source AS SELECT {Row}{string.Concat(names)} FROM {SourceRows.Of(connection, source)} WHERE {Row} >= {first} AND {Row} < {first + count}"), cancellationToken);
            chunk.Inputs = [.. columns.Inputs.Select(i => InputValues.Of(i.Kind))];
            var rows = connection.Query($"SELECT {Row}{string.Concat(columns.Inputs.Select(i => $", {i.Sql}"))} FROM source ORDER BY {Row}", reader =>
            {
                for (var i = 0; i < chunk.Inputs.Count; i++) chunk.Inputs[i].Add(reader, i + 1);
                return 0;
            }, cancellationToken);
            chunk.Count = rows.Count;
            return chunk;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Writes what was answered, with the copied columns, and the reasons of the rows that failed.</summary>
    public void Write(ChunkAnswers answers, string target, CancellationToken cancellationToken)
    {
        var outputs = answers.Outputs;
        _connection.Execute($"CREATE TABLE answers ({Row} BIGINT, {Model} VARCHAR, {Reason} VARCHAR{string.Concat(outputs.Select((o, i) => $", o{i} {OutputValues.DuckType(o)}"))})");
        using (var appender = _connection.CreateAppender("answers"))
        {
            foreach (var part in answers.Parts)
            {
                var tensors = outputs.Select(o => part.Outputs.FirstOrDefault(t => t.Name == o.Name)).ToArray();
                for (var i = 0; i < part.Count; i++)
                {
                    var row = appender.CreateRow().AppendValue(First + part.From + i).AppendValue(part.Model).AppendNullValue();
                    foreach (var tensor in tensors) OutputValues.Append(row, tensor, i);
                    row.EndRow();
                }
            }
            foreach (var (at, reason) in answers.Reasons)
            {
                var row = appender.CreateRow().AppendValue(First + at).AppendNullValue().AppendValue(reason);
                foreach (var _ in outputs) row.AppendNullValue();
                row.EndRow();
            }
        }
        var kept = string.Concat(_columns.Kept.Select(k => $", s.{Duck.Identifier(k)}"));
        var answered = string.Concat(outputs.Select((o, i) => $", a.o{i} AS {Duck.Identifier(_columns.OutputName(o.Name))}"));
        _connection.Execute($"COPY (SELECT a.{Row}, a.{Model}, a.{Reason}{kept}{answered} FROM answers a JOIN source s ON s.{Row} = a.{Row} ORDER BY a.{Row}) TO {Duck.Literal(target)} (FORMAT parquet, COMPRESSION zstd)", cancellationToken);
    }

    public void Dispose() => _connection.Dispose();
}

/// <summary>The rows of a Parquet file with their numbers, from 0.</summary>
internal static class SourceRows
{
    private const string Number = "file_row_number";

    /// <summary>A relation of the file's columns and <see cref="ChunkTable.Row"/>.</summary>
    public static string Of(DuckDBConnection connection, string path)
    {
        var relation = Duck.ReadParquet(path);
        // DuckDB knows each row's number, by which it skips what lies before, unless a column of the file has that name.
        var taken = connection.Describe(relation).Any(c => string.Equals(c.Name, Number, StringComparison.OrdinalIgnoreCase));
        return $"(SELECT {(taken ? "row_number() OVER () - 1" : Number)} AS {ChunkTable.Row}, * FROM {relation})";
    }
}

/// <summary>Outputs as columns: one value a row is a value, several are a list.</summary>
internal static class OutputValues
{
    public static string DuckType(Tensor output) => TypeOf(output.Datatype) + (IsList(output) ? "[]" : "");

    /// <summary>The type of an output of which only the signature is known.</summary>
    public static string DuckType(Contracts.TensorSpec output) => TypeOf(output.Datatype) + (output.Shape.Skip(1).Any(s => s != 1) ? "[]" : "");

    public static bool IsList(Tensor output) => output.Shape.AsSpan(1).ContainsAnyExcept(1L);

    public static void Append(IDuckDBAppenderRow row, Tensor? output, int at)
    {
        switch (output)
        {
            case null: row.AppendNullValue(); break;
            case Tensor<float> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<double> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<long> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<int> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<short> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<sbyte> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<byte> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<ushort> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<uint> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<ulong> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<bool> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<string?> t: Append(row, t, at, static (r, v) => r.AppendValue(v)); break;
            case Tensor<Half> t: Append(row, new Tensor<float>(t.Name, Array.ConvertAll(t.Values, v => (float)v), t.Shape), at); break;
            default: throw new NotSupportedException(output.Datatype);
        }
    }

    private static void Append<T>(IDuckDBAppenderRow row, Tensor<T> output, int at, Action<IDuckDBAppenderRow, T> append)
    {
        if (!IsList(output))
        {
            append(row, output.Values[at]);
            return;
        }
        var size = output.Count / output.Rows;
        row.AppendValue<T>(output.Values.AsSpan(at * size, size).ToArray());
    }

    private static string TypeOf(string datatype) => datatype switch
    {
        "BOOL" => "BOOLEAN",
        "INT8" => "TINYINT",
        "INT16" => "SMALLINT",
        "INT32" => "INTEGER",
        "INT64" => "BIGINT",
        "UINT8" => "UTINYINT",
        "UINT16" => "USMALLINT",
        "UINT32" => "UINTEGER",
        "UINT64" => "UBIGINT",
        "FP16" or "FP32" => "FLOAT",
        "FP64" => "DOUBLE",
        _ => "VARCHAR",
    };
}
