using System.Buffers.Text;
using System.Text.Json;
using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Results;

namespace Dowel.Registry.Search;

/// <summary>A column of an order.</summary>
/// <param name="Sql">The SQL; never null in a row.</param>
/// <param name="IsNumber">Whether it is a whole number rather than text.</param>
/// <param name="Descending">Whether the largest comes first.</param>
internal sealed record OrderColumn(string Sql, bool IsNumber, bool Descending);

/// <summary>An order over several columns, the last of which is unique, and pages in it: a page begins after the last row of the page before.</summary>
internal sealed class SearchOrder(IReadOnlyList<OrderColumn> columns)
{
    /// <summary>Reads the terms of an order.</summary>
    /// <param name="terms">As the client gave them.</param>
    /// <param name="known">The columns by key.</param>
    /// <param name="unknown">What is said of another key.</param>
    /// <param name="last">What follows the given terms, where they do not have it already.</param>
    public static SearchOrder Parse(IReadOnlyList<string> terms, IReadOnlyDictionary<string, (string Sql, bool IsNumber)> known, Func<string, string> unknown, params IReadOnlyList<OrderColumn> last)
    {
        var columns = new List<OrderColumn>();
        foreach (var term in terms)
        {
            var (field, descending) = FilterParser.ParseOrder(term).Value;
            if (field.Kind != FieldKind.Attribute) throw SearchSql.Entity(field.Kind);
            if (!known.TryGetValue(field.Key, out var column)) throw SearchSql.Bad(unknown(field.Key));
            if (columns.Exists(c => c.Sql == column.Sql)) throw SearchSql.Bad($"`order_by` contains duplicate fields: [{string.Join(", ", terms)}]");
            columns.Add(new OrderColumn(column.Sql, column.IsNumber, descending));
        }
        columns.AddRange(last.Where(l => columns.TrueForAll(c => c.Sql != l.Sql)));
        return new SearchOrder(columns);
    }

    /// <summary>Adds the condition of the page, order and limit (one more than is asked for).</summary>
    public string Page(string? token, int limit, DynamicParameters args)
    {
        var after = "";
        if (!string.IsNullOrEmpty(token))
        {
            var values = Read(token);
            for (var i = 0; i < columns.Count; i++) args.Add($"after{i}", values[i]);
            // (a > x) OR (a = x AND b > y) OR …
            after = " AND (" + string.Join(" OR ", columns.Select((c, i) =>
                $"({string.Concat(columns.Take(i).Select((e, j) => $"{e.Sql} = @after{j} AND "))}{c.Sql} {(c.Descending ? "<" : ">")} @after{i})")) + ")";
        }
        return $"{after} ORDER BY {string.Join(", ", columns.Select(c => $"{c.Sql} {(c.Descending ? "DESC" : "ASC")}"))} LIMIT {limit + 1}";
    }

    /// <summary>The token of the page after a row.</summary>
    /// <param name="value">The row's value of a column, by its SQL.</param>
    public string Token(Func<string, object> value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(columns.Select(c => value(c.Sql))));

    private object[] Read(string token)
    {
        try
        {
            var parts = JsonSerializer.Deserialize<JsonElement[]>(Base64Url.DecodeFromChars(token))!;
            if (parts.Length == columns.Count) return [.. columns.Select((c, i) => c.IsNumber ? parts[i].GetInt64() : (object)parts[i].GetString()!)];
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or NullReferenceException)
        {
            // Said below.
        }
        throw new FailureException(new Failure(ErrorCodes.Invalid, $"Invalid page token '{(token.Length > 100 ? token[..100] + "…" : token)}'", new FieldError("page_token", token.Length > 100 ? token[..100] + "…" : token, "the token of the page before, with the same order_by")));
    }
}
