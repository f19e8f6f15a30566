using System.Buffers.Text;
using System.Text.Json;
using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Paging;

/// <summary>A column that a list can be sorted by.</summary>
/// <param name="Sql">The SQL expression; never null in a row.</param>
/// <param name="IsNumber">Whether it is a 64-bit integer rather than text.</param>
public sealed record SortColumn(string Sql, bool IsNumber = false);

/// <summary>How a list is sorted.</summary>
/// <param name="Column">By what.</param>
/// <param name="Descending">Whether the largest comes first.</param>
public sealed record SortSpec(SortColumn Column, bool Descending)
{
    /// <summary>Reads <c>name</c> or <c>-name</c>.</summary>
    public static Result<SortSpec> Parse(string sort, IReadOnlyDictionary<string, SortColumn> columns)
        => columns.TryGetValue(sort.TrimStart('-'), out var column)
            ? new SortSpec(column, sort.StartsWith('-'))
            : Failure.Invalid("sort", sort, $"one of {string.Join(", ", columns.Keys)}, with '-' before it for descending");
}

/// <summary>Keyset paging: a page begins after the last row of the page before, so it stays right while rows come and go.</summary>
public sealed class Keyset
{
    private readonly SortSpec _sort;
    private readonly string _idSql;
    private readonly (object Value, string Id)? _after;

    private Keyset(SortSpec sort, string idSql, (object, string)? after, int limit) => (_sort, _idSql, _after, Limit) = (sort, idSql, after, limit);

    /// <summary>Rows a page.</summary>
    public int Limit { get; }

    /// <summary>Reads cursor and limit as a client gave them.</summary>
    /// <param name="sort">The order.</param>
    /// <param name="idSql">The SQL of the unique id that breaks ties.</param>
    /// <param name="cursor">The cursor, or null for the first page.</param>
    /// <param name="limit">1 to 1000; null for 50.</param>
    public static Result<Keyset> Create(SortSpec sort, string idSql, string? cursor, int? limit)
    {
        if (limit is < 1 or > 1000) return Failure.Invalid("limit", limit, "a number from 1 to 1000");
        if (string.IsNullOrEmpty(cursor)) return new Keyset(sort, idSql, null, limit ?? 50);
        try
        {
            var parts = JsonSerializer.Deserialize<JsonElement[]>(Base64Url.DecodeFromChars(cursor))!;
            object value = sort.Column.IsNumber ? parts[0].GetInt64() : parts[0].GetString()!;
            return new Keyset(sort, idSql, (value, parts[1].GetString()!), limit ?? 50);
        }
        catch (Exception e) when (e is FormatException or JsonException or IndexOutOfRangeException or InvalidOperationException or NullReferenceException)
        {
            return Failure.Invalid("cursor", cursor, "the nextCursor of the page before, with the same sort");
        }
    }

    /// <summary>Adds condition, order and limit to a statement that already has a WHERE.</summary>
    public void AddTo(ref string sql, DynamicParameters args)
    {
        var (op, direction) = _sort.Descending ? ("<", "DESC") : (">", "ASC");
        if (_after is { } after)
        {
            sql += $" AND ({_sort.Column.Sql} {op} @keysetValue OR ({_sort.Column.Sql} = @keysetValue AND {_idSql} {op} @keysetId))";
            args.Add("keysetValue", after.Value);
            args.Add("keysetId", after.Id);
        }
        sql += $" ORDER BY {_sort.Column.Sql} {direction}, {_idSql} {direction} LIMIT {Limit + 1}";
    }

    /// <summary>Makes a page of the rows that the statement gave (one more than the limit, where there are more).</summary>
    public Page<TOut> ToPage<TRow, TOut>(IReadOnlyList<TRow> rows, Func<TRow, object> value, Func<TRow, string> id, Func<TRow, TOut> convert)
    {
        var more = rows.Count > Limit;
        var kept = more ? rows.Take(Limit).ToList() : rows;
        return new Page<TOut>
        {
            Items = [.. kept.Select(convert)],
            NextCursor = more ? Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new[] { value(kept[^1]), id(kept[^1]) })) : null,
        };
    }
}
