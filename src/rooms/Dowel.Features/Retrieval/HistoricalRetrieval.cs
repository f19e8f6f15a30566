using Dowel.Contracts;
using Dowel.Features.Push;
using Dowel.Features.Views;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Tables;
using Dowel.Tables.PointInTime;
using Dowel.Tables.Queries;
using Dowel.Tables.Workers;
using Microsoft.Extensions.Options;

namespace Dowel.Features.Retrieval;

/// <summary>Reads the offline store: features as they were at each row's time, and a view's newest rows.</summary>
internal sealed class HistoricalRetrieval(FeatureReferences references, OfflineStore offline, ViewCatalog catalog, TableWorkers workers, IOptions<FeaturesOptions> options) : IDisposable
{
    private const string TimeColumn = "__dowel_time";
    private readonly SemaphoreSlim _places = new(options.Value.MaxConcurrentJobs);

    public async Task<Result<HistoricalFeatures>> GetAsync(Actor actor, HistoricalFeaturesRequest request, CancellationToken cancellationToken)
    {
        var rows = request.EntityRows;
        if (rows?.Columns is not { Count: > 0 } || rows.Rows is null || rows.Columns.Any(c => c?.Name is null)) return Failure.Invalid("entityRows", null, "a table with columns and rows");
        var names = rows.Columns.Select(c => c.Name).ToList();
        if (names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice) return Failure.Invalid("entityRows.columns", twice.Key, "each column once");
        if (!(await references.ResolveAsync(actor, request.Features, names, cancellationToken)).TryGet(out var selection, out var failure)) return failure;
        if (!EntityKeys(selection, rows, names).TryGet(out var keys, out failure)) return failure;

        await _places.WaitAsync(cancellationToken);
        try
        {
            return await JoinAsync(selection, rows, keys, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>The keys and times alone go through the join; the caller's other columns are put beside the answer untouched.</summary>
    private async Task<Result<HistoricalFeatures>> JoinAsync(Selection selection, TableData rows, EntityRows keys, CancellationToken cancellationToken)
    {
        var snapshots = new List<OfflineSnapshot>();
        var tables = new List<FeatureTable>();
        for (var i = 0; i < selection.Views.Count; i++)
        {
            var (resource, schema) = selection.Views[i];
            if (await offline.SnapshotAsync(schema.Id, cancellationToken) is not { } snapshot) return Failure.NotFound("feature view", resource.Name);
            snapshots.Add(snapshot);
            // Features that stand in no segment yet are missing everywhere.
            var features = selection.Features.Select((f, place) => (f, place)).Where(x => x.f.View == i && x.f.Index < snapshot.FeatureCount).ToList();
            if (snapshot.Paths.Count == 0 || features.Count == 0) continue;
            tables.Add(new FeatureTable
            {
                Name = resource.Name,
                ParquetPaths = snapshot.Paths,
                Keys = [new JoinKey(schema.Entity.Name, schema.Entity.Name)],
                TimestampColumn = schema.TimestampField,
                CreatedColumn = SegmentFile.OrderColumn,
                Ttl = schema.TtlSeconds is { } ttl ? TimeSpan.FromSeconds(ttl) : null,
                Features = [.. features.Select(x => new FeatureColumn(schema.Features[x.f.Index].Name, Place(x.place)))],
            });
        }
        PointInTimeResult? joined = null;
        if (tables.Count > 0 && rows.Rows.Count > 0
            && !(await PointInTimeJoin.RunAsync(keys, TimeColumn, tables, null, cancellationToken)).TryGet(out joined, out var failure)) return failure;

        var columns = joined?.Columns.Select(c => c.Name).ToList();
        var source = selection.Features.Select((_, place) => columns?.IndexOf(Place(place)) ?? -1).ToArray();
        var (own, all) = (rows.Columns.Count, rows.Columns.Count + source.Length);
        var table = new object?[rows.Rows.Count][];
        for (var r = 0; r < table.Length; r++)
        {
            var row = table[r] = new object?[all];
            rows.Rows[r].CopyTo(row, 0);
            for (var f = 0; f < source.Length; f++) row[own + f] = source[f] < 0 ? null : joined!.Rows[r][source[f]];
        }
        return new HistoricalFeatures
        {
            Table = new TableData
            {
                Columns = [.. rows.Columns, .. selection.Features.Select(f => new ColumnInfo(f.Output, selection.Views[f.View].Schema.Features[f.Index].Type))],
                Rows = table,
            },
            Sources = [.. selection.Views.Select((v, i) => $"{v.Resource.Info.Project}.{v.Resource.Name}@{snapshots[i].DataVersion}")],
        };
    }

    private static string Place(int place) => $"__f{place}";

    private static Result<EntityRows> EntityKeys(Selection selection, TableData rows, List<string> names)
    {
        var time = names.IndexOf(ViewRules.DefaultTimestamp);
        // A view may call its timestamp otherwise; rows copied from it do too.
        if (time < 0) time = names.IndexOf(selection.Views[0].Schema.TimestampField);
        if (time < 0) return Failure.Invalid("entityRows.columns", null, $"a column '{ViewRules.DefaultTimestamp}': the time at which each row wants its features");
        var keys = new List<(int Column, FeatureType Type)>();
        var columns = new List<string>();
        foreach (var (resource, schema) in selection.Views)
        {
            var column = names.IndexOf(schema.Entity.Name);
            if (column < 0) return Failure.Invalid("entityRows.columns", null, $"a column '{schema.Entity.Name}', the entity of the view '{resource.Name}'");
            var known = columns.IndexOf(schema.Entity.Name);
            if (known >= 0 && keys[known].Type != schema.KeyType)
                return Failure.Invalid("features", schema.Entity.Name, $"views whose entity '{schema.Entity.Name}' has the same type");
            if (known >= 0) continue;
            columns.Add(schema.Entity.Name);
            keys.Add((column, schema.KeyType));
        }

        var values = new object?[rows.Rows.Count][];
        for (var r = 0; r < values.Length; r++)
        {
            var row = rows.Rows[r];
            if (row?.Length != names.Count) return Failure.Invalid($"entityRows.rows[{r}]", $"{row?.Length ?? 0} values", $"{names.Count} values");
            var value = values[r] = new object?[keys.Count + 1];
            for (var k = 0; k < keys.Count; k++)
            {
                if (!Cell.TryFromJson(keys[k].Type, row[keys[k].Column], out var cell))
                    return Failure.Invalid($"entityRows.rows[{r}][{keys[k].Column}]", row[keys[k].Column], $"a value of type {ViewSchema.NameOf(keys[k].Type)}");
                value[k] = cell.ToObject(keys[k].Type);
            }
            if (row[time] is not string text || !EventTime.TryParse(text, out var micros)) return Failure.Invalid($"entityRows.rows[{r}][{time}]", row[time], EventTime.Expected);
            value[^1] = Instants.FromMicros(micros);
        }
        return EntityRows.From([.. columns, TimeColumn], values);
    }

    /// <summary>The newest rows of a view.</summary>
    public async Task<Result<TableData>> ValuesAsync(Resource resource, int? limit, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > 1000) return Failure.Invalid("limit", limit, "a number from 1 to 1000");
        if (catalog.Find(resource.Id) is not { } view) return Failure.NotFound("feature view", resource.Name);
        var columns = new List<ColumnInfo> { new(view.Entity.Name, view.Entity.Type, false), new(view.TimestampField, ColumnTypes.TimestampUtc, false) };
        columns.AddRange(view.Features.Select(f => new ColumnInfo(f.Name, f.Type)));
        if (await offline.SnapshotAsync(view.Id, cancellationToken) is not { } snapshot) return Failure.NotFound("feature view", resource.Name);
        if (snapshot.Paths.Count == 0) return new TableData { Columns = columns };

        var rows = limit ?? 50;
        var features = view.Features.Select((f, i) => i < snapshot.FeatureCount ? Duck.Identifier(f.Name) : $"CAST(NULL AS {SegmentFile.DuckType(view.Types[i])}) AS {Duck.Identifier(f.Name)}");
        var time = Duck.Identifier(view.TimestampField);
        var sql = $"SELECT {string.Join(", ", features.Prepend(time).Prepend(Duck.Identifier(view.Entity.Name)))} FROM feature.segments ORDER BY {time} DESC, {SegmentFile.OrderColumn} DESC LIMIT {rows}";
        await _places.WaitAsync(cancellationToken);
        try
        {
            var read = await workers.QueryAsync([new QueryTable("feature", "segments", snapshot.Paths)], sql, new QueryLimits { MaxRows = rows }, cancellationToken);
            return read.Map(r => new TableData { Columns = columns, Rows = r.Rows });
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
