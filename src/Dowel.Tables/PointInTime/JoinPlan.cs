using System.Globalization;
using System.Text;
using Dowel.Kernel.Results;
using DuckDB.NET.Data;

namespace Dowel.Tables.PointInTime;

/// <summary>Writes the SQL of a point-in-time join over the relation <c>given</c>.</summary>
internal sealed class JoinPlan(DuckDBConnection connection, string timestampColumn, IReadOnlyList<FeatureTable> tables)
{
    private readonly List<(string Name, string Type)> _given = connection.DescribeTypes("given");

    public Result<string> Build(CancellationToken ct)
    {
        if (Find(_given, timestampColumn) is not { } time) return Failure.Invalid("event_timestamp", timestampColumn, $"a column of the entity rows, which are {Names(_given)}");
        if (Instant(Duck.Identifier(time.Name), time.Type) is not { } instant) return Failure.Invalid("event_timestamp", $"{time.Name} ({ColumnTypes.FromDuckDb(time.Type)})", "a date, a timestamp or ISO 8601 text");

        // Columns get names of ours, so that no name of a user can meet another.
        var columns = string.Join(", ", _given.Select((g, i) => $"{Duck.Identifier(g.Name)} AS c{i}"));
        connection.Execute($"CREATE TEMP TABLE entities AS SELECT row_number() OVER () AS n, {instant} AS instant, {columns} FROM given", ct);

        var select = new StringBuilder("SELECT e.n AS \"row\"");
        for (var i = 0; i < _given.Count; i++) select.Append(CultureInfo.InvariantCulture, $", e.c{i} AS {Duck.Identifier(_given[i].Name)}");
        var from = new StringBuilder(" FROM entities e");
        var taken = new HashSet<string>(_given.Select(g => g.Name), StringComparer.OrdinalIgnoreCase);
        for (var t = 0; t < tables.Count; t++)
        {
            if (Add(tables[t], t, select, from, taken, ct) is { } failure) return failure;
        }
        return select.Append(from).ToString();
    }

    private Failure? Add(FeatureTable table, int number, StringBuilder select, StringBuilder from, HashSet<string> taken, CancellationToken ct)
    {
        var relation = Duck.ReadParquet(table.ParquetPaths);
        var types = connection.DescribeTypes(relation);
        string? Unknown(string column) => Find(types, column) is null ? $"a column of '{table.Name}', which are {Names(types)}" : null;

        var keys = new List<(string Feature, string OnEntity, string OnFeature)>();
        foreach (var key in table.Keys)
        {
            if (Find(_given, key.EntityColumn) is not { } entity) return Failure.Invalid("entity_rows", key.EntityColumn, $"the key column '{key.EntityColumn}' among the entity rows, which are {Names(_given)}");
            if (Unknown(key.FeatureColumn) is { } wrong) return Failure.Invalid("keys", key.FeatureColumn, wrong);
            var feature = Find(types, key.FeatureColumn)!.Value;
            var (entitySql, featureSql) = ($"e.c{_given.IndexOf(entity)}", Duck.Identifier(feature.Name));
            // Text and number meet as text: '1' is 1, but '1.5' must not become 2.
            var comparable = Kind(entity.Type) == Kind(feature.Type);
            keys.Add((feature.Name, comparable ? entitySql : $"CAST({entitySql} AS VARCHAR)", comparable ? featureSql : $"CAST({featureSql} AS VARCHAR)"));
        }
        if (Unknown(table.TimestampColumn) is { } noTime) return Failure.Invalid("timestamp_column", table.TimestampColumn, noTime);
        var time = Find(types, table.TimestampColumn)!.Value;
        if (Instant(Duck.Identifier(time.Name), time.Type) is not { } instant) return Failure.Invalid("timestamp_column", $"{time.Name} ({ColumnTypes.FromDuckDb(time.Type)})", "a date, a timestamp or ISO 8601 text");
        if (table.CreatedColumn is { } created && Unknown(created) is { } noCreated) return Failure.Invalid("created_column", created, noCreated);
        foreach (var feature in table.Features)
        {
            if (Unknown(feature.Column) is { } noFeature) return Failure.Invalid("features", feature.Column, noFeature);
            if (!taken.Add(feature.OutputName)) return Failure.Invalid("features", feature.OutputName, "output names that differ from each other and from the entity rows' columns");
        }

        var f = string.Create(CultureInfo.InvariantCulture, $"f{number}");
        var keyList = string.Concat(keys.Select((k, i) => $"{k.OnFeature} AS k{i}, "));
        var featureList = string.Concat(table.Features.Select((x, i) => $", {Duck.Identifier(x.Column)} AS v{i}"));
        var createdSql = table.CreatedColumn is { } c ? Duck.Identifier(c) : "NULL";
        var partition = string.Concat(keys.Select((_, i) => $"k{i}, "));
        var match = string.Concat(keys.Select((k, i) => $"{k.OnEntity} = f.k{i} AND "));
        // Only rows that can matter are sorted; of rows of one entity and time the later created counts, then the one that stands later.
        connection.Execute(
            $"""
            CREATE TEMP TABLE {f} AS
            SELECT * FROM (SELECT {keyList}{instant} AS instant, {createdSql} AS created, row_number() OVER () AS n{featureList} FROM {relation}) f
            WHERE f.instant IS NOT NULL AND EXISTS (SELECT 1 FROM entities e WHERE {match}e.instant >= f.instant)
            QUALIFY row_number() OVER (PARTITION BY {partition}instant ORDER BY created DESC NULLS LAST, n DESC) = 1
            """, ct);

        var joined = string.Concat(keys.Select((k, i) => $"{k.OnEntity} = {f}.k{i} AND "));
        from.Append(CultureInfo.InvariantCulture, $" ASOF LEFT JOIN {f} ON {joined}e.instant >= {f}.instant");
        var fresh = table.Ttl is { } ttl && ttl > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"epoch_us(e.instant) - epoch_us({f}.instant) <= {ttl.Ticks / TimeSpan.TicksPerMicrosecond}") : null;
        for (var i = 0; i < table.Features.Count; i++)
        {
            var value = string.Create(CultureInfo.InvariantCulture, $"{f}.v{i}");
            select.Append(", ").Append(fresh is null ? value : $"CASE WHEN {fresh} THEN {value} END").Append(" AS ").Append(Duck.Identifier(table.Features[i].OutputName));
        }
        return null;
    }

    /// <summary>A column as a UTC timestamp; null for a type that is none.</summary>
    private static string? Instant(string column, string duckType) => ColumnTypes.FromDuckDb(duckType) switch
    {
        ColumnTypes.TimestampUtc => $"timezone('UTC', {column})",
        ColumnTypes.Timestamp or ColumnTypes.Date => $"CAST({column} AS TIMESTAMP)",
        ColumnTypes.String => $"timezone('UTC', CAST({column} AS TIMESTAMPTZ))",
        _ => null,
    };

    private static string Kind(string duckType)
    {
        var type = ColumnTypes.FromDuckDb(duckType);
        return ColumnTypes.IsNumeric(type) ? "number" : type;
    }

    private static (string Name, string Type)? Find(List<(string Name, string Type)> columns, string name)
    {
        var at = columns.FindIndex(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase));
        return at < 0 ? null : columns[at];
    }

    private static string Names(List<(string Name, string Type)> columns) => string.Join(", ", columns.Select(c => $"'{c.Name}'"));
}
