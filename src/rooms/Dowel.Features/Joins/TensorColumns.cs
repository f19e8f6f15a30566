using Dowel.Contracts;
using Dowel.Features.Online;
using Dowel.Features.Push;
using Dowel.Features.Views;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Features.Joins;

/// <summary>
/// The tensors of a read while they are filled: int64 as INT64, float64 as FP64, boolean as BOOL, string as BYTES. A missing float is NaN and a missing text null;
/// a missing int64 or boolean makes its column FP64, where NaN can say it.
/// </summary>
internal sealed class TensorColumns
{
    private readonly Feature[] _features;
    private readonly FeatureType[] _types;
    private readonly Array[] _columns;

    public TensorColumns(Feature[] features, FeatureType[] types, int rows)
    {
        (_features, _types) = (features, types);
        _columns = new Array[features.Length];
        for (var i = 0; i < types.Length; i++)
            _columns[i] = types[i] switch
            {
                FeatureType.Boolean => new bool[rows],
                FeatureType.Int64 => new long[rows],
                FeatureType.Float64 => new double[rows],
                _ => new string[rows],
            };
    }

    public void Set(int target, in OnlineRow row, int[] indexes)
    {
        for (var i = 0; i < indexes.Length; i++)
        {
            var index = indexes[i];
            if (row.IsMissing(index)) SetMissing(i, target);
            else if (_types[i] == FeatureType.Text) ((string[])_columns[i])[target] = row.Text(index);
            else SetBits(i, target, row.Bits(index));
        }
    }

    public void SetDefaults(int target)
    {
        for (var i = 0; i < _features.Length; i++)
        {
            if (!Cell.TryFromJson(_types[i], _features[i].Default, out var cell) || cell.IsMissing) SetMissing(i, target);
            else if (_types[i] == FeatureType.Text) ((string[])_columns[i])[target] = cell.Text!;
            else SetBits(i, target, cell.Bits);
        }
    }

    public Result<IReadOnlyList<Tensor>> ToTensors(long[] shape)
    {
        var tensors = new Tensor[_columns.Length];
        for (var i = 0; i < tensors.Length; i++)
            tensors[i] = _columns[i] switch
            {
                double[] values => new Tensor<double>(_features[i].Name, values, shape),
                long[] values => new Tensor<long>(_features[i].Name, values, shape),
                bool[] values => new Tensor<bool>(_features[i].Name, values, shape),
                var values => new Tensor<string>(_features[i].Name, (string[])values, shape),
            };
        return tensors;
    }

    private void SetBits(int column, int target, long bits)
    {
        switch (_columns[column])
        {
            case double[] values: values[target] = _types[column] == FeatureType.Float64 ? BitConverter.Int64BitsToDouble(bits) : bits; break;
            case long[] values: values[target] = bits; break;
            case bool[] values: values[target] = bits != 0; break;
        }
    }

    private void SetMissing(int column, int target)
    {
        switch (_columns[column])
        {
            case double[] values: values[target] = double.NaN; break;
            case long[] values: Widen(column, Array.ConvertAll(values, static v => (double)v))[target] = double.NaN; break;
            case bool[] values: Widen(column, Array.ConvertAll(values, static v => v ? 1.0 : 0.0))[target] = double.NaN; break;
        }
    }

    private double[] Widen(int column, double[] values)
    {
        _columns[column] = values;
        return values;
    }
}
