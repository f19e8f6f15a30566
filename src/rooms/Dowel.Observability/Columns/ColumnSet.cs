using System.Text;
using System.Text.Json;

namespace Dowel.Observability.Columns;

/// <summary>Gathers the columns of many records from their JSON (<see cref="Log.TensorJson"/>).</summary>
internal sealed class ColumnSet
{
    /// <summary>How many elements of an array in a row become columns.</summary>
    public const int MostElements = 16;

    private readonly Dictionary<string, CellColumn> _columns = new(StringComparer.Ordinal);
    private byte[] _utf8 = new byte[4096];

    /// <summary>Rows read so far.</summary>
    public long Rows { get; private set; }

    /// <summary>The columns in the order in which they were seen, with those of array elements as <c>name[0]</c>. Call it when everything is read.</summary>
    public IEnumerable<(string Name, CellColumn Column)> All()
    {
        foreach (var (name, column) in _columns)
        {
            column.PadTo(Rows);
            if (column.Elements.Count == 0 || column.TooWide) yield return (name, column);
            else
                for (var i = 0; i < column.Elements.Count; i++) yield return ($"{name}[{i}]", column.Elements[i]);
        }
    }

    /// <summary>Reads an object of name → values of a record with this many rows.</summary>
    public void Read(string json, int rows)
    {
        if (json != "{}")
        {
            var reader = new Utf8JsonReader(Utf8(json));
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!_columns.TryGetValue(name, out var column)) _columns[name] = column = new();
                reader.Read();
                ReadArray(ref reader, column, rows);
            }
        }
        Rows += rows;
    }

    /// <summary>Reads a bare array of values as the column of the given name.</summary>
    public void ReadArray(string name, string json, int rows)
    {
        if (!_columns.TryGetValue(name, out var column)) _columns[name] = column = new();
        var reader = new Utf8JsonReader(Utf8(json));
        reader.Read();
        ReadArray(ref reader, column, rows);
        Rows += rows;
    }

    private void ReadArray(ref Utf8JsonReader reader, CellColumn column, int rows)
    {
        column.PadTo(Rows);
        for (var row = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; row++)
        {
            if (row >= rows) reader.Skip();
            else if (reader.TokenType == JsonTokenType.StartArray) ReadElements(ref reader, column, Rows + row);
            else AddValue(ref reader, column);
        }
    }

    private static void ReadElements(ref Utf8JsonReader reader, CellColumn column, long row)
    {
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (i >= MostElements)
            {
                column.TooWide = true;
                continue;
            }
            if (i == column.Elements.Count) column.Elements.Add(new());
            column.Elements[i].PadTo(row);
            AddValue(ref reader, column.Elements[i]);
        }
        column.Add(default(Cell));
    }

    private static void AddValue(ref Utf8JsonReader reader, CellColumn column)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.True: column.Add(new Cell(CellKind.Bool, 1)); break;
            case JsonTokenType.False: column.Add(new Cell(CellKind.Bool, 0)); break;
            case JsonTokenType.Number: column.Add(reader.TryGetInt64(out var whole) ? new Cell(CellKind.Integer, whole) : Cell.Of(reader.GetDouble())); break;
            case JsonTokenType.String: column.Add(reader.GetString()!); break;
            default: column.Add(default(Cell)); break;
        }
    }

    private ReadOnlySpan<byte> Utf8(string json)
    {
        var most = Encoding.UTF8.GetMaxByteCount(json.Length);
        if (_utf8.Length < most) _utf8 = new byte[most];
        return _utf8.AsSpan(0, Encoding.UTF8.GetBytes(json, _utf8));
    }
}
