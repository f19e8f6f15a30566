using System.Buffers;
using Dowel.Contracts;
using Dowel.Features.Online;
using Dowel.Features.Views;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Features.Joins;

/// <summary>A prepared read: keys straight to RocksDB, rows straight to tensors. Features are only ever added to a view, so a plan stays right for as long as the view is there.</summary>
internal sealed class FeaturePlan : IFeaturePlan
{
    private const int Chunk = 256;
    private readonly ViewSchema _schema;
    private readonly int[] _indexes;
    private readonly FeatureType[] _types;
    private readonly Feature[] _features;
    private readonly ViewCatalog _catalog;
    private readonly OnlineStore _store;
    private readonly TimeProvider _time;

    public FeaturePlan(ViewSchema schema, int[] indexes, ViewCatalog catalog, OnlineStore store, TimeProvider time)
    {
        (_schema, _indexes, _catalog, _store, _time) = (schema, indexes, catalog, store, time);
        _features = [.. indexes.Select(i => schema.Features[i])];
        _types = [.. indexes.Select(i => schema.Types[i])];
    }

    public string ViewId => _schema.Id;
    public Entity Entity => _schema.Entity;
    public IReadOnlyList<Feature> Features => _features;

    public ValueTask<Result<IReadOnlyList<Tensor>>> ReadAsync(Tensor keys, MissingFeaturesPolicy policy, CancellationToken cancellationToken) => new(Read(keys, policy));

    private Result<IReadOnlyList<Tensor>> Read(Tensor keys, MissingFeaturesPolicy policy)
    {
        if (_catalog.Find(_schema.Id) is null) return new Failure(ErrorCodes.NotFound, "The feature view that is joined here was deleted.");
        var rows = keys.Rows;
        if (keys.Count != rows) return Failure.Invalid(keys.Name, $"shape [{string.Join(',', keys.Shape)}]", "one key a row");
        if (!KeyReader.Fits(_schema.KeyType, keys)) return Failure.Invalid(keys.Name, keys.Datatype, _schema.KeyType == FeatureType.Int64 ? "INT64, or another integer type" : "BYTES");
        if (!_store.TryEnter(out var lease)) return new Failure(ErrorCodes.NotReady, "The server is stopping.");
        using (lease)
        {
            var columns = new TensorColumns(_features, _types, rows);
            List<int>? missing = null;
            if (rows == 1) ReadOne(keys, columns, ref missing);
            else ReadMany(keys, columns, ref missing);
            if (missing is null) return columns.ToTensors(keys.Shape.Length == 2 ? [rows, 1] : [rows]);
            if (policy == MissingFeaturesPolicy.Error) return Missing(keys, missing);
            foreach (var row in missing) columns.SetDefaults(row);
            return columns.ToTensors(keys.Shape.Length == 2 ? [rows, 1] : [rows]);
        }
    }

    private void ReadOne(Tensor keys, TensorColumns columns, ref List<int>? missing)
    {
        Span<byte> key = stackalloc byte[_schema.KeyType == FeatureType.Int64 ? OnlineKeys.PrefixLength + 8 : OnlineKeys.MaxLength];
        var length = KeyReader.Write(_schema, keys, 0, key);
        if (length == 0)
        {
            missing = [0];
            return;
        }
        using var found = PinnedRow.Get(_store, key[..length]);
        Take(found, 0, columns, _schema.TtlSeconds is null ? 0 : _time.NowMicros(), ref missing);
    }

    private void ReadMany(Tensor keys, TensorColumns columns, ref List<int>? missing)
    {
        var now = _schema.TtlSeconds is null ? 0 : _time.NowMicros();
        var widest = _schema.KeyType == FeatureType.Int64 ? OnlineKeys.PrefixLength + 8 : OnlineKeys.MaxLength;
        var bytes = ArrayPool<byte>.Shared.Rent(Math.Min(keys.Rows, Chunk) * widest);
        Span<int> ends = stackalloc int[Chunk];
        Span<IntPtr> slices = stackalloc IntPtr[Chunk];
        try
        {
            for (var start = 0; start < keys.Rows; start += Chunk)
            {
                var count = Math.Min(Chunk, keys.Rows - start);
                var end = 0;
                for (var i = 0; i < count; i++) ends[i] = end += KeyReader.Write(_schema, keys, start + i, bytes.AsSpan(end));
                PinnedRow.GetMany(_store, bytes.AsSpan(0, end), ends[..count], slices[..count]);
                for (var i = 0; i < count; i++)
                {
                    using var found = PinnedRow.Own(slices[i]);
                    Take(found, start + i, columns, now, ref missing);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Take(scoped in PinnedRow found, int target, TensorColumns columns, long now, ref List<int>? missing)
    {
        if (!found.IsFound)
        {
            (missing ??= []).Add(target);
            return;
        }
        var row = found.Row;
        if (_schema.TtlSeconds is not null && _schema.IsExpired(row.EventMicros, now)) (missing ??= []).Add(target);
        else columns.Set(target, row, _indexes);
    }

    private Failure Missing(Tensor keys, List<int> missing)
    {
        var named = string.Join(", ", missing.Take(10).Select(r => keys[r] is string text ? $"'{text}'" : keys[r]?.ToString() ?? "null"));
        return new Failure(ErrorCodes.FeaturesMissing, $"No features are stored for {_schema.Entity.Name} {named}{(missing.Count > 10 ? $" and {missing.Count - 10} more" : "")}.",
            new FieldError(_schema.Entity.Name, named, "an entity whose features are stored and not expired"));
    }
}
