using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using DuckDB.NET.Data;

namespace Dowel.Tables.Queries;

/// <summary>
/// Judges a user's SQL by DuckDB's own syntax tree before anything of it runs: one SELECT, over the given tables and the query's own
/// WITH names only, with table functions from a short list and without the functions that tell of the server.
/// The settings of the connection are the second wall.
/// </summary>
internal sealed class SqlGuard
{
    private static readonly HashSet<string> TableFunctions = new(["unnest", "range", "generate_series", "repeat", "repeat_row", "json_each", "json_tree", "generate_subscripts"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> DeniedFunctions = new(
        [
            "current_setting", "getenv", "getvariable", "json_serialize_plan", "json_execute_serialized_sql", "json_deserialize_sql", "write_log",
            "nextval", "currval", "sleep_ms", "variant_bytes_to_variant", "combine", "finalize", "get_block_size", "obj_description",
            "col_description", "shobj_description", "map_to_pg_oid", "query", "query_table", "which_secret",
            // These follow the nesting of a text on the stack, and a deep enough text ends the process.
            "json_transform", "json_transform_strict", "from_json", "from_json_strict", "json_structure", "json_group_structure", "json_contains", "json_merge_patch",
            "variant_extract", "variant_normalize", "variant_typeof", "variant_to_parquet_variant", "vector_type", "parse_duckdb_log_message",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> AllowedPgFunctions = new(["pg_typeof", "pg_size_pretty"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> TableReferences = new(["BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "PIVOT", "SHOW_REF"], StringComparer.Ordinal);

    private const int MaxNameParts = 50;

    private readonly IReadOnlyList<QueryTable> _tables;
    private readonly SqlText _sql;
    private readonly Dictionary<string, List<QueryTable>> _byName;
    private readonly HashSet<string> _with = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _builtIn;
    private readonly List<(JsonElement Node, string Schema, string Name)> _references = [];

    private SqlGuard(IReadOnlyList<QueryTable> tables, SqlText sql, HashSet<string> builtIn)
    {
        (_tables, _sql, _builtIn) = (tables, sql, builtIn);
        _byName = tables.GroupBy(t => t.Name, StringComparer.OrdinalIgnoreCase).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The tables that the SQL reads, or why it is refused.</summary>
    public static Result<IReadOnlyList<QueryTable>> Check(DuckDBConnection connection, SqlText sql, IReadOnlyList<QueryTable> tables)
    {
        var json = connection.Query("SELECT json_serialize_sql($1::VARCHAR)", static r => r.GetString(0), default, sql.Text)[0];
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 20_000 });
        }
        catch (JsonException)
        {
            return Refused("The query is nested too deeply.");
        }
        using (document)
        {
            var root = document.RootElement;
            if (root.GetProperty("error").GetBoolean())
            {
                if (root.GetProperty("error_type").GetString() == "not implemented") return Refused("Only one SELECT statement can be run here: nothing that changes data or settings.");
                var position = root.TryGetProperty("position", out var p) && int.TryParse(p.GetString(), out var at) ? at : (int?)null;
                return Refused(sql.At(position) + root.GetProperty("error_message").GetString());
            }
            var statements = root.GetProperty("statements");
            if (statements.GetArrayLength() != 1) return Refused(statements.GetArrayLength() == 0 ? "The query is empty." : "Only one statement can be run at a time.");

            var builtIn = connection.Query("SELECT view_name FROM duckdb_views() WHERE internal", static r => r.GetString(0));
            var guard = new SqlGuard(tables, sql, new(builtIn, StringComparer.OrdinalIgnoreCase));
            return guard.Walk(statements[0]) is { } failure ? failure : guard.Resolve();
        }
    }

    private Failure? Walk(JsonElement root)
    {
        // Not recursive: the depth is the user's.
        var pending = new Stack<JsonElement>([root]);
        while (pending.TryPop(out var node))
        {
            if (node.ValueKind == JsonValueKind.Array)
            {
                foreach (var child in node.EnumerateArray()) pending.Push(child);
            }
            else if (node.ValueKind == JsonValueKind.Object)
            {
                if (Visit(node) is { } failure) return failure;
                // A table function's own call has been judged with it; what is left are its arguments.
                var isTableFunction = Text(node, "type") == "TABLE_FUNCTION";
                foreach (var property in node.EnumerateObject())
                {
                    if (isTableFunction && property.NameEquals("function")) pending.Push(property.Value.GetProperty("children"));
                    else if (property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) pending.Push(property.Value);
                }
            }
        }
        return null;
    }

    private Failure? Visit(JsonElement node)
    {
        var type = Text(node, "type");
        if (Text(node, "class") == "PARAMETER") return Refused("Parameters such as '?' or '$1' cannot be used here; write the value.");
        if (node.TryGetProperty("cte_map", out var map))
        {
            foreach (var entry in map.GetProperty("map").EnumerateArray()) _with.Add(Text(entry, "key"));
            if (Text(node, "cte_name") is { Length: > 0 } recursive) _with.Add(recursive);
        }
        if (node.TryGetProperty("sample", out _) && node.TryGetProperty("alias", out _) && !TableReferences.Contains(type)) return Refused($"{_sql.At(node)}This kind of table reference ({type}) cannot be used here.");
        switch (type)
        {
            case "BASE_TABLE":
                if (Text(node, "catalog_name").Length > 0) return Unknown(node, $"{Text(node, "catalog_name")}.{Text(node, "schema_name")}.{Text(node, "table_name")}");
                _references.Add((node, Text(node, "schema_name"), Text(node, "table_name")));
                return null;
            case "TABLE_FUNCTION":
                var function = Text(node.GetProperty("function"), "function_name");
                return TableFunctions.Contains(function) ? null : Refused($"{_sql.At(node)}The table function '{function}' cannot be used here. Tables that may be queried: {Names()}.");
            case "SHOW_REF" when node.GetProperty("query").ValueKind == JsonValueKind.Null:
                return Refused($"SHOW cannot be used here. Tables that may be queried: {Names()}. Use DESCRIBE or SUMMARIZE with one of them.");
        }
        if (Text(node, "function_name") is { Length: > 0 } name
            && (DeniedFunctions.Contains(name) || name.StartsWith("__", StringComparison.Ordinal) || (name.StartsWith("pg_", StringComparison.OrdinalIgnoreCase) && !AllowedPgFunctions.Contains(name))))
            return Refused($"{_sql.At(node)}The function '{name}' cannot be used here.");
        if (Text(node, "class") == "FUNCTION" && QueryGrowth.Check(node) is { } tooMuch) return Refused(_sql.At(node) + tooMuch);
        // The cast from JSON to VARIANT has the same fault.
        if (node.TryGetProperty("cast_type", out var cast) && cast.GetRawText().Contains("VARIANT", StringComparison.OrdinalIgnoreCase)) return Refused($"{_sql.At(node)}The type VARIANT cannot be used here.");
        if (node.TryGetProperty("column_names", out var path) && path.GetArrayLength() > MaxNameParts) return Refused($"{_sql.At(node)}A column name has more than {MaxNameParts} parts.");
        if (node.TryGetProperty("export_state", out var export) && export.ValueKind == JsonValueKind.True) return Refused($"{_sql.At(node)}EXPORT_STATE cannot be used here.");
        return null;
    }

    private Result<IReadOnlyList<QueryTable>> Resolve()
    {
        var used = new List<QueryTable>();
        foreach (var (node, schema, name) in _references)
        {
            if (schema.Length > 0)
            {
                if (_tables.FirstOrDefault(t => Same(t.Schema, schema) && Same(t.Name, name)) is not { } table) return Unknown(node, $"{schema}.{name}");
                used.Add(table);
                continue;
            }
            // A name of the query's own WITH hides a table. DuckDB's own views are out of reach even under such a name.
            var own = _with.Contains(name) && !_builtIn.Contains(name);
            if (_byName.TryGetValue(name, out var fitting))
            {
                if (fitting.Count > 1 && !own)
                    return new Failure(ErrorCodes.Ambiguous, $"{_sql.At(node)}The table name '{name}' fits {string.Join(", ", fitting.Select(f => $"{f.Schema}.{f.Name}"))}; write the one you mean.");
                if (fitting.Count == 1) used.Add(fitting[0]);
            }
            else if (!own)
            {
                return Unknown(node, name);
            }
        }
        return Result.Ok<IReadOnlyList<QueryTable>>([.. used.Distinct()]);
    }

    private Failure Unknown(JsonElement node, string name) => Refused($"{_sql.At(node)}There is no table '{name}'. Tables that may be queried: {Names()}.");

    private string Names() => _tables.Count == 0
        ? "none"
        : string.Join(", ", _tables.Take(50).Select(t => $"{t.Schema}.{t.Name}")) + (_tables.Count > 50 ? $" and {_tables.Count - 50} more" : "");

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static string Text(JsonElement node, string property) =>
        node.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static Failure Refused(string detail) => new(ErrorCodes.QueryFailed, detail);
}
