using System.Globalization;
using CsCheck;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Tables.PointInTime;

namespace Dowel.Tables.Tests;

public sealed class PointInTimeTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private FeatureTable Table(string name, string sql, string key = "passenger_id", TimeSpan? ttl = null, string? created = null, params string[] features) => new()
    {
        Name = name,
        ParquetPaths = [_folder.Parquet(name + ".parquet", sql)],
        Keys = [new(key, key)],
        TimestampColumn = "event_timestamp",
        CreatedColumn = created,
        Ttl = ttl,
        Features = [.. features.Select(f => new FeatureColumn(f, $"{name}__{f}"))],
    };

    private static string Text(PointInTimeResult result) => string.Join("\n", result.Rows.Select(r => string.Join("|", r.Select(v => v is null ? "∅" : Convert.ToString(v, CultureInfo.InvariantCulture)))));

    private const string Ages = """
        SELECT * FROM (VALUES (1, TIMESTAMPTZ '2024-01-01 00:00:00Z', 10, 0), (1, '2024-01-03 00:00:00Z', 11, 0), (1, '2024-01-03 00:00:00Z', 12, 5), (2, '2024-01-02 00:00:00Z', 20, 0))
        t(passenger_id, event_timestamp, age, created)
        """;

    [Fact]
    public async Task Takes_the_latest_value_known_at_the_time()
    {
        var entities = EntityRows.From(["passenger_id", "event_timestamp", "label"],
        [
            [2L, "2024-01-05T00:00:00Z", "a"],
            [1L, "2024-01-02T23:59:59.999999Z", "b"],
            [1L, "2024-01-03T00:00:00Z", "c"],
            [1L, "2024-01-03T01:00:00+01:00", "c"],
            [1L, "2023-12-31T23:59:59Z", "d"],
            [3L, "2024-01-05T00:00:00Z", "e"],
            [null, "2024-01-05T00:00:00Z", "f"],
            [1L, null, "g"],
            [2L, "2024-01-05T00:00:00Z", "a"],
        ]);
        var result = (await PointInTimeJoin.RunAsync(entities, "event_timestamp", [Table("ages", Ages, created: "created", features: ["age"])])).Value;
        Assert.Equal(["passenger_id:int64", "event_timestamp:string", "label:string", "ages__age:int32"], result.Columns.Select(c => $"{c.Name}:{c.Type}"));
        Assert.Equal(
            """
            2|2024-01-05T00:00:00Z|a|20
            1|2024-01-02T23:59:59.999999Z|b|10
            1|2024-01-03T00:00:00Z|c|12
            1|2024-01-03T01:00:00+01:00|c|12
            1|2023-12-31T23:59:59Z|d|∅
            3|2024-01-05T00:00:00Z|e|∅
            ∅|2024-01-05T00:00:00Z|f|∅
            1|∅|g|∅
            2|2024-01-05T00:00:00Z|a|20
            """, Text(result));
    }

    [Fact]
    public async Task Lets_a_value_expire_after_its_ttl_and_not_a_moment_before()
    {
        var entities = EntityRows.From(["passenger_id", "event_timestamp"],
        [
            [2L, new DateTimeOffset(2024, 1, 3, 0, 0, 0, TimeSpan.Zero)],
            [2L, new DateTimeOffset(2024, 1, 3, 0, 0, 0, TimeSpan.Zero).AddMicroseconds(1)],
            // A value that expired does not uncover an older one.
            [1L, new DateTimeOffset(2024, 1, 4, 0, 0, 0, TimeSpan.Zero).AddMicroseconds(1)],
        ]);
        var result = (await PointInTimeJoin.RunAsync(entities, "event_timestamp", [Table("ages", Ages, ttl: TimeSpan.FromDays(1), features: ["age"])])).Value;
        Assert.Equal("2|2024-01-03T00:00:00Z|20\n2|2024-01-03T00:00:00.000001Z|∅\n1|2024-01-04T00:00:00.000001Z|∅", Text(result));
    }

    [Fact]
    public async Task Joins_several_tables_and_keys_and_writes_parquet()
    {
        _folder.Parquet("entities.parquet", "SELECT i AS passenger_id, 'z' || i % 2 AS \"zone \"\"x\"\"\", TIMESTAMP '2024-01-05' AS event_timestamp FROM range(5) t(i)");
        var ages = Table("ages", Ages, features: ["age"]);
        var zones = new FeatureTable
        {
            Name = "zones",
            ParquetPaths = [_folder.Parquet("z1.parquet", "SELECT 'z0' AS zone, 1 AS k, DATE '2024-01-01' AS ts, 1.5 AS \"v'\""), _folder.Parquet("z2.parquet", "SELECT 'z1' AS zone, 1 AS k, DATE '2024-01-02' AS ts, 2.5 AS \"v'\"")],
            Keys = [new("zone \"x\"", "zone"), new("passenger_id", "k")],
            TimestampColumn = "ts",
            Features = [new("v'", "value"), new("ts", "since")],
        };
        var file = (await PointInTimeJoin.ToParquetAsync(EntityRows.FromParquet(_folder["entities.parquet"]), "event_timestamp", [ages, zones], _folder["out.parquet"])).Value;
        Assert.Equal(5, file.RowCount);
        Assert.Equal("passenger_id:int64 zone \"x\":string event_timestamp:timestamp ages__age:int32 value:decimal since:date", string.Join(" ", file.Columns.Select(c => $"{c.Name}:{c.Type}")));
        using var connection = Duck.Open();
        Assert.Equal(["0 ∅ ∅", "1 12 2.5", "2 20 ∅", "3 ∅ ∅", "4 ∅ ∅"], connection.Query($"SELECT passenger_id || ' ' || coalesce(ages__age::VARCHAR, '∅') || ' ' || coalesce(value::VARCHAR, '∅') FROM {Duck.ReadParquet(file.Path)}", r => r.GetString(0)));
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder.Path), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Meets_text_keys_and_number_keys()
    {
        var entities = EntityRows.From(["passenger_id", "event_timestamp"], [["1", "2024-02-01"], ["2", "2024-02-01"], ["1.5", "2024-02-01"], ["x'; DROP", "2024-02-01"]]);
        Assert.Equal("1|2024-02-01|12\n2|2024-02-01|20\n1.5|2024-02-01|∅\nx'; DROP|2024-02-01|∅", Text((await PointInTimeJoin.RunAsync(entities, "event_timestamp", [Table("ages", Ages, created: "created", features: ["age"])])).Value));
    }

    [Fact]
    public async Task Joins_a_table_without_keys_and_no_table_at_all()
    {
        var entities = EntityRows.From(["event_timestamp"], [["2024-01-02T12:00:00Z"]]);
        var table = Table("ages", Ages, features: ["age"]) with { Keys = [] };
        Assert.Equal("2024-01-02T12:00:00Z|20", Text((await PointInTimeJoin.RunAsync(entities, "event_timestamp", [table])).Value));
        Assert.Equal("2024-01-02T12:00:00Z", Text((await PointInTimeJoin.RunAsync(entities, "event_timestamp", [])).Value));
        Assert.Empty((await PointInTimeJoin.RunAsync(EntityRows.From(["passenger_id", "event_timestamp"], []), "event_timestamp", [Table("ages", Ages, features: ["age"])])).Value.Rows);
    }

    [Fact]
    public async Task Names_what_is_missing()
    {
        var entities = EntityRows.From(["passenger_id", "event_timestamp"], [[1L, "2024-01-01"]]);
        var ages = Table("ages", Ages, features: ["age"]);
        Task<Failure> Fails(EntityRows rows, string time, params FeatureTable[] tables) => PointInTimeJoin.RunAsync(rows, time, tables).ContinueWith(t => Expect.Failure(t.GetAwaiter().GetResult()));

        Assert.Contains("'when'", (await Fails(entities, "when", ages)).Detail);
        Assert.Contains("passenger_id (int64)", (await Fails(entities, "passenger_id", ages)).Detail);
        Assert.Contains("'x'", (await Fails(EntityRows.From(["x", "event_timestamp"], [[1L, "2024-01-01"]]), "event_timestamp", ages)).Detail);
        Assert.Contains("nothing", (await Fails(entities, "event_timestamp", ages with { Features = [new("nothing", "n")] })).Detail);
        Assert.Contains("differ", (await Fails(entities, "event_timestamp", ages with { Features = [new("age", "Passenger_ID")] })).Detail);
        Assert.Equal(ErrorCodes.Invalid, (await Fails(EntityRows.From(["a", "a"], []), "a", ages)).Code);
        Assert.Equal("entity_rows[0]", (await Fails(EntityRows.From(["a", "b"], [[1]]), "a", ages)).Fields[0].Field);
        var failure = await Fails(EntityRows.From(["passenger_id", "event_timestamp"], [[1L, "soon"]]), "event_timestamp", ages);
        Assert.Equal(ErrorCodes.QueryFailed, failure.Code);
        Assert.Contains("soon", failure.Detail);
        Assert.DoesNotContain(_folder.Path, failure.Detail);
    }

    private sealed record FeatureRow(int Key, int Time, int? Created, int? Value);

    [Fact]
    public void Agrees_with_the_plain_definition()
    {
        var feature = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 8], Gen.Int[0, 2].Nullable(), Gen.Int[0, 99].Nullable(), (k, t, c, v) => new FeatureRow(k, t, c, v));
        var entity = Gen.Select(Gen.Int[0, 4].Nullable(), Gen.Int[0, 10]);
        Gen.Select(feature.List[0, 30], entity.List[0, 20], Gen.Int[0, 4].Nullable(), Gen.Bool).Sample(
            (features, entities, ttl, withCreated) =>
            {
                var rows = string.Concat(features.Select(f => string.Create(CultureInfo.InvariantCulture, $", ({f.Key}, TIMESTAMP '2024-01-01' + INTERVAL {f.Time} HOUR, {Sql(f.Created)}, {Sql(f.Value)})")));
                var table = Table("p" + Guid.NewGuid().ToString("N"), $"SELECT * FROM (VALUES (NULL::INTEGER, NULL::TIMESTAMP, NULL::INTEGER, NULL::INTEGER){rows}) t(passenger_id, event_timestamp, created, v)",
                    ttl: ttl is { } hours ? TimeSpan.FromHours(hours) : null, created: withCreated ? "created" : null, features: ["v"]);
                var given = EntityRows.From(["passenger_id", "event_timestamp", "n"], [.. entities.Select((e, i) => new object?[] { e.Item1, Start.AddHours(e.Item2), i })]);
#pragma warning disable RS0030 // CsCheck's property is not asynchronous
                var result = PointInTimeJoin.RunAsync(given, "event_timestamp", [table]).GetAwaiter().GetResult().Value;
#pragma warning restore RS0030
                File.Delete(table.ParquetPaths[0]);
                var expected = entities.Select((e, i) => ((long)i, Naive(features, e.Item1, e.Item2, ttl, withCreated)));
                return result.Rows.Select(r => ((long)r[2]!, (int?)r[3])).SequenceEqual(expected);
            },
            iter: 100, threads: 1);

        static string Sql(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "NULL";
    }

    /// <summary>Of the rows of the key at or before the time the latest; of those of one time the later created (none is earliest), then the later written. Zero ttl is none.</summary>
    private static int? Naive(List<FeatureRow> features, int? key, int time, int? ttl, bool withCreated)
    {
        FeatureRow? best = null;
        foreach (var f in features)
        {
            if (f.Key != key || f.Time > time) continue;
            if (best is null || f.Time > best.Time || (f.Time == best.Time && (!withCreated || (f.Created ?? -1) >= (best.Created ?? -1)))) best = f;
        }
        return best is null || (ttl is > 0 && time - best.Time > ttl) ? null : best.Value;
    }
}
