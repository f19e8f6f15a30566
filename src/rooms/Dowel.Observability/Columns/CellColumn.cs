using System.Globalization;

namespace Dowel.Observability.Columns;

/// <summary>What a value of the log is.</summary>
internal enum CellKind : byte
{
    Missing,
    Integer,
    Number,
    Bool,
    Text,
}

/// <summary>A value of the log in 16 bytes: integers and truth values as they are, numbers by their bits, texts by their place in the column's pool.</summary>
internal readonly record struct Cell(CellKind Kind, long Bits)
{
    public static Cell Of(double value) => double.IsNaN(value) ? default : new(CellKind.Number, BitConverter.DoubleToInt64Bits(value));

    /// <summary>The number; NaN where it is none.</summary>
    public double Number => Kind switch { CellKind.Integer => Bits, CellKind.Number => BitConverter.Int64BitsToDouble(Bits), _ => double.NaN };
}

/// <summary>The values of one column over the rows of many records. A NaN is a missing value.</summary>
internal sealed class CellColumn
{
    private readonly List<Cell> _cells = [];
    private readonly List<string> _pool = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly long[] _counts = new long[5];

    /// <summary>The columns of the elements, where rows hold arrays.</summary>
    public List<CellColumn> Elements { get; } = [];

    /// <summary>Whether rows hold arrays with more elements than are kept.</summary>
    public bool TooWide { get; set; }

    public IReadOnlyList<Cell> Cells => _cells;

    /// <summary>Values that are not missing.</summary>
    public long Present => _counts[1] + _counts[2] + _counts[3] + _counts[4];

    public bool IsNumeric => Present > 0 && Count(CellKind.Bool) == 0 && Count(CellKind.Text) == 0;

    public long Count(CellKind kind) => _counts[(int)kind];

    /// <summary>Fills with missing values up to a row.</summary>
    public void PadTo(long rows)
    {
        while (_cells.Count < rows) _cells.Add(default);
        foreach (var element in Elements) element.PadTo(rows);
    }

    public void Add(Cell cell)
    {
        _cells.Add(cell);
        _counts[(int)cell.Kind]++;
    }

    public void Add(string text)
    {
        switch (text)
        {
            // JSON writes them as texts.
            case "NaN" or Log.TensorCodec.Truncated: Add(default(Cell)); break;
            case "Infinity": Add(Cell.Of(double.PositiveInfinity)); break;
            case "-Infinity": Add(Cell.Of(double.NegativeInfinity)); break;
            default:
                if (!_places.TryGetValue(text, out var place))
                {
                    _places[text] = place = _pool.Count;
                    _pool.Add(text);
                }
                Add(new Cell(CellKind.Text, place));
                break;
        }
    }

    /// <summary>The value as text, the same for equal values of different types (1 and 1.0); null where it is missing.</summary>
    public string? Label(int row)
    {
        var cell = _cells[row];
        return cell.Kind switch
        {
            CellKind.Missing => null,
            CellKind.Integer => cell.Bits.ToString(CultureInfo.InvariantCulture),
            CellKind.Bool => cell.Bits != 0 ? "true" : "false",
            CellKind.Text => _pool[(int)cell.Bits],
            _ => Number(cell.Number),
        };
    }

    /// <summary>The numbers that are not missing.</summary>
    public double[] Numbers() => [.. _cells.Where(c => c.Kind is CellKind.Integer or CellKind.Number).Select(c => c.Number)];

    public static string Number(double value)
        => value == Math.Floor(value) && Math.Abs(value) < 1e15 ? ((long)value).ToString(CultureInfo.InvariantCulture) : value.ToString("R", CultureInfo.InvariantCulture);
}
