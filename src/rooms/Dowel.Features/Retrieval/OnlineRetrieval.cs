using Dowel.Contracts;
using Dowel.Features.Online;
using Dowel.Features.Push;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Features.Retrieval;

/// <summary>Reads the newest features of entities for the API.</summary>
internal sealed class OnlineRetrieval(FeatureReferences references, OnlineStore store, TimeProvider time)
{
    private const int MaxEntities = 10_000;
    private const string Present = "present";
    private const string NotFound = "not_found";
    private const string Expired = "expired";

    public async Task<Result<OnlineFeatures>> GetAsync(Actor actor, OnlineFeaturesRequest request, CancellationToken cancellationToken)
    {
        if (!(await references.ResolveAsync(actor, request.Features, [], cancellationToken)).TryGet(out var selection, out var failure)) return failure;
        if (!Keys(selection, request.Entities).TryGet(out var keys, out failure)) return failure;
        return Read(selection, keys);
    }

    private static Result<Cell[][]> Keys(Selection selection, IReadOnlyDictionary<string, IReadOnlyList<object>>? entities)
    {
        var keys = new Cell[selection.Views.Count][];
        int? count = null;
        for (var v = 0; v < keys.Length; v++)
        {
            var (resource, view) = selection.Views[v];
            var name = view.Entity.Name;
            if (!view.Online) return new Failure(ErrorCodes.Conflict, $"The feature view '{resource.Name}' is not kept online.");
            if (entities is null || !entities.TryGetValue(name, out var values) || values is null) return Failure.Invalid($"entities.{name}", null, $"the values of '{name}', the entity of the view '{resource.Name}'");
            if (values.Count is 0 or > MaxEntities) return Failure.Invalid($"entities.{name}", $"{values.Count} values", $"1 to {MaxEntities} values");
            if (count is { } others && others != values.Count) return Failure.Invalid($"entities.{name}", $"{values.Count} values", $"{others} values, as many as the other entities have");
            count = values.Count;
            keys[v] = new Cell[values.Count];
            for (var i = 0; i < values.Count; i++)
                if (!Cell.TryFromJson(view.KeyType, values[i], out keys[v][i]) || keys[v][i].IsMissing) return Failure.Invalid($"entities.{name}[{i}]", values[i], $"a value of type {view.Entity.Type}");
        }
        return keys;
    }

    private Result<OnlineFeatures> Read(Selection selection, Cell[][] keys)
    {
        var rows = keys[0].Length;
        var values = new object?[rows][];
        var statuses = new string[rows];
        var times = new DateTimeOffset?[rows];
        var now = time.NowMicros();
        if (!store.TryEnter(out var lease)) return new Failure(ErrorCodes.NotReady, "The server is stopping.");
        using (lease)
        {
            for (var r = 0; r < rows; r++)
            {
                values[r] = new object?[selection.Features.Count];
                statuses[r] = Present;
                for (var v = 0; v < keys.Length; v++)
                {
                    var (status, micros) = Read(selection, v, keys[v][r], values[r], now);
                    // Over several views the least of them counts, and the oldest row's time.
                    if (status == NotFound || (status == Expired && statuses[r] == Present)) statuses[r] = status;
                    if (Instants.FromMicros(micros) is { } at && (times[r] is null || at < times[r])) times[r] = at;
                }
            }
        }
        return new OnlineFeatures { Features = [.. selection.Features.Select(f => f.Output)], Values = values, Statuses = statuses, EventTimestamps = times };
    }

    private (string Status, long? EventMicros) Read(Selection selection, int view, Cell key, object?[] values, long now)
    {
        var schema = selection.Views[view].Schema;
        Span<byte> bytes = stackalloc byte[OnlineKeys.MaxLength];
        var length = key.Text is { } text ? OnlineKeys.Write(schema, text, bytes) : OnlineKeys.Write(schema, key.Bits, bytes);
        if (length == 0) return (NotFound, null);
        using var found = PinnedRow.Get(store, bytes[..length]);
        if (!found.IsFound) return (NotFound, null);
        var row = found.Row;
        if (schema.IsExpired(row.EventMicros, now)) return (Expired, row.EventMicros);
        for (var f = 0; f < selection.Features.Count; f++)
            if (selection.Features[f] is { } feature && feature.View == view) values[f] = row.Value(feature.Index, schema.Types[feature.Index]);
        return (Present, row.EventMicros);
    }
}
