using Dowel.Features.Views;

namespace Dowel.Features.Push;

/// <summary>Rows of a view, column by column, checked against its schema.</summary>
internal sealed class RowBatch
{
    /// <summary>A row's order is the push's number and, in this many bits, its place within the push: of two rows of the same time the later pushed one has the greater.</summary>
    public const int RowBits = 20;

    public RowBatch(ViewSchema schema, int? featureCount = null)
    {
        Schema = schema;
        Columns = [.. schema.Types.Take(featureCount ?? schema.Types.Length).Select(t => new CellColumn(t))];
        if (schema.KeyType == FeatureType.Int64) Keys = [];
        else TextKeys = [];
    }

    public ViewSchema Schema { get; }
    public List<long>? Keys { get; }
    public List<string>? TextKeys { get; }
    public List<long> Timestamps { get; } = [];
    public List<long> Orders { get; } = [];
    /// <summary>One for each feature of the schema that the rows were written with.</summary>
    public CellColumn[] Columns { get; }
    public int Count => Timestamps.Count;

    public object KeyAt(int row) => Keys is not null ? Keys[row] : TextKeys![row];

    public void AddKey(Cell key)
    {
        if (Keys is not null) Keys.Add(key.Bits);
        else TextKeys!.Add(key.Text!);
    }

    public void SetOrders(long push)
    {
        Orders.Clear();
        for (var row = 0; row < Count; row++) Orders.Add((push << RowBits) | (uint)row);
    }
}

/// <summary>The values of a feature.</summary>
internal sealed class CellColumn(FeatureType type)
{
    private readonly List<long> _bits = [];
    private readonly List<string?>? _texts = type == FeatureType.Text ? [] : null;
    private readonly List<bool>? _missing = type == FeatureType.Text ? null : [];

    public FeatureType Type => type;

    public Cell this[int row] => _texts is not null
        ? _texts[row] is { } text ? Cell.Of(text) : Cell.Missing
        : _missing![row] ? Cell.Missing : new Cell(_bits[row], null, false);

    public void Add(Cell cell)
    {
        if (_texts is not null)
        {
            _texts.Add(cell.Text);
            return;
        }
        _bits.Add(cell.Bits);
        _missing!.Add(cell.IsMissing);
    }
}
