using System.Buffers.Text;
using System.Text.Json;
using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Runs;

/// <summary>Lists the runs of an experiment, filtered and sorted by the database.</summary>
internal sealed class RunList(IDb db)
{
    private static readonly Dictionary<string, SortColumn> Columns = new()
    {
        ["started"] = new("r.started_at", IsNumber: true),
        ["name"] = new("r.name"),
        ["status"] = new("r.status"),
    };

    public async Task<Result<Page<Run>>> ListAsync(string experimentId, RunQuery query, CancellationToken cancellationToken)
    {
        var args = new DynamicParameters(new { experimentId });
        var filter = "";
        if (query.Status is { } wanted)
        {
            filter += " AND r.status = @status";
            args.Add("status", RunRow.Text(wanted));
        }
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            filter += " AND LOWER(r.name) LIKE @search ESCAPE '\\'";
            args.Add("search", Names.LikePattern(query.Search));
        }
        var sort = query.Sort is null or "" ? "-started" : query.Sort;
        var by = sort.TrimStart('-');
        if (by.StartsWith("metrics.", StringComparison.Ordinal)) return await ByValueAsync(new ByMetric(by["metrics.".Length..]), sort.StartsWith('-'), filter, args, query, cancellationToken);
        if (by.StartsWith("params.", StringComparison.Ordinal)) return await ByValueAsync(new ByParam(by["params.".Length..]), sort.StartsWith('-'), filter, args, query, cancellationToken);
        return await ByColumnAsync(sort, filter, args, query, cancellationToken);
    }

    private async Task<Result<Page<Run>>> ByColumnAsync(string sort, string filter, DynamicParameters args, RunQuery query, CancellationToken cancellationToken)
    {
        if (!Columns.TryGetValue(sort.TrimStart('-'), out var column))
            return Failure.Invalid("sort", sort, $"one of {string.Join(", ", Columns.Keys)}, metrics.KEY, params.KEY, with '-' before it for descending");
        var paging = Keyset.Create(new SortSpec(column, sort.StartsWith('-')), "r.id", query.Cursor, query.Limit);
        if (!paging.TryGet(out var keyset, out var failure)) return failure;
        var sql = $"SELECT r.* FROM experiments_runs r WHERE r.experiment_id = @experimentId{filter}";
        keyset.AddTo(ref sql, args);
        return await db.ReadAsync<Result<Page<Run>>>(async s =>
        {
            var page = keyset.ToPage(await s.QueryAsync<RunRow>(sql, args), r => column.Sql switch { "r.name" => r.Name, "r.status" => r.Status, _ => r.StartedAt }, r => r.Id, r => r);
            return new Page<Run> { Items = await RunReader.ReadAsync(s, page.Items), NextCursor = page.NextCursor };
        }, cancellationToken);
    }

    /// <summary>
    /// Sorts by what was logged. The list has parts, one after the other: runs with a value in the order asked for, then (metrics) those with NaN, then those without, newest first.
    /// Each part is one range of an index, whichever the direction.
    /// </summary>
    private async Task<Result<Page<Run>>> ByValueAsync(ByValue by, bool descending, string filter, DynamicParameters args, RunQuery query, CancellationToken cancellationToken)
    {
        if (query.Limit is < 1 or > 1000) return Failure.Invalid("limit", query.Limit, "a number from 1 to 1000");
        if (!Cursor.TryRead(query.Cursor, by.Parts, out var cursor)) return Failure.Invalid("cursor", query.Cursor, "the nextCursor of the page before, with the same sort");
        var limit = query.Limit ?? 50;
        args.Add("key", by.Key);
        args.Add("afterId", cursor?.Id);
        args.Add("afterNumber", cursor?.Number ?? 0);
        args.Add("afterText", cursor?.Text ?? "");
        return await db.ReadAsync<Result<Page<Run>>>(async s =>
        {
            var found = new List<(int Part, RunRow Row)>();
            for (var part = cursor?.Part ?? 0; part < by.Parts && found.Count <= limit; part++)
            {
                var sql = by.Sql(part, descending, filter, after: part == cursor?.Part) + $" LIMIT {limit + 1 - found.Count}";
                found.AddRange((await s.QueryAsync<RunRow>(sql, args)).Select(r => (part, r)));
            }
            var kept = found.Take(limit).Select(f => f.Row).ToList();
            return new Page<Run>
            {
                Items = await RunReader.ReadAsync(s, kept),
                NextCursor = found.Count <= limit ? null : new Cursor(found[limit - 1].Part, kept[^1].Id, kept[^1].SortNumber, kept[^1].SortText).Write(),
            };
        }, cancellationToken);
    }

    /// <summary>A table of logged values to sort by.</summary>
    private abstract record ByValue(string Key)
    {
        public abstract int Parts { get; }
        public abstract string Sql(int part, bool descending, string filter, bool after);

        protected static string Valued(string table, string select, string value, string where, string parameter, bool descending, string filter, bool after)
        {
            var (op, direction) = descending ? ("<", "DESC") : (">", "ASC");
            var more = after ? $" AND (v.{value} {op} @{parameter} OR (v.{value} = @{parameter} AND v.run_id {op} @afterId))" : "";
            return $"""
                SELECT r.*, {select} FROM {table} v JOIN experiments_runs r ON r.id = v.run_id
                WHERE v.experiment_id = @experimentId AND v.name = @key{where}{filter}{more} ORDER BY v.{value} {direction}, v.run_id {direction}
                """;
        }

        protected static string Lacking(string table, string filter, bool after) => $"""
            SELECT r.* FROM experiments_runs r
            WHERE r.experiment_id = @experimentId AND NOT EXISTS (SELECT 1 FROM {table} v WHERE v.run_id = r.id AND v.name = @key){filter}{(after ? " AND r.id < @afterId" : "")} ORDER BY r.id DESC
            """;
    }

    private sealed record ByMetric(string Key) : ByValue(Key)
    {
        public override int Parts => 3;

        public override string Sql(int part, bool descending, string filter, bool after) => part == 2
            ? Lacking("experiments_metrics", filter, after)
            : Valued("experiments_metrics", "v.value AS sort_number", "value", part == 1 ? " AND v.is_nan = (1 = 1)" : " AND v.is_nan = (1 = 0)", "afterNumber", descending, filter, after);
    }

    private sealed record ByParam(string Key) : ByValue(Key)
    {
        public override int Parts => 2;

        public override string Sql(int part, bool descending, string filter, bool after) => part == 1
            ? Lacking("experiments_params", filter, after)
            : Valued("experiments_params", "v.sort_value AS sort_text", "sort_value", "", "afterText", descending, filter, after);
    }

    /// <summary>After which run a page begins: its part of the list, its id and what it was sorted by.</summary>
    private sealed record Cursor(int Part, string Id, double Number, string Text)
    {
        public string Write() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this, DowelJson.Options));

        public static bool TryRead(string? text, int parts, out Cursor? cursor)
        {
            cursor = null;
            if (string.IsNullOrEmpty(text)) return true;
            try
            {
                cursor = JsonSerializer.Deserialize<Cursor>(Base64Url.DecodeFromChars(text), DowelJson.Options);
            }
            catch (Exception e) when (e is FormatException or JsonException)
            {
                return false;
            }
            return cursor is { Id.Length: > 0, Text: not null } && cursor.Part >= 0 && cursor.Part < parts && !double.IsNaN(cursor.Number) && !cursor.Text.Contains('\0') && !cursor.Id.Contains('\0');
        }
    }
}
