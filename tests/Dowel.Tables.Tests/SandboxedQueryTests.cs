using System.Diagnostics;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Tables.Queries;

namespace Dowel.Tables.Tests;

/// <summary>The files that the queries may and may not see, written once.</summary>
public sealed class SandboxFiles : IDisposable
{
    internal TempFolder Folder { get; } = new();

    internal IReadOnlyList<QueryTable> Tables { get; }

    internal TestWorkers Workers { get; } = new();

    public SandboxFiles()
    {
        var folder = Folder;
        folder.Parquet("people.parquet", $"SELECT * FROM read_csv({Duck.Literal(TestData.Titanic)})");
        folder.Parquet("people2.parquet", "SELECT 1 AS passenger_id, 'x' AS name");
        folder.Parquet("odd.parquet", "SELECT 7 AS \"a \"\"b\"\"\", 8 AS \"select\"");
        folder.Parquet("part1.parquet", "SELECT 1 AS a");
        folder.Parquet("part2.parquet", "SELECT 2 AS a, 'new' AS b");
        folder.Parquet("secret.parquet", "SELECT 'the secret' AS a");
        folder.Write("secret.csv", "a\nthe secret\n");
        Tables =
        [
            new("titanic", "passengers", [folder["people.parquet"]]),
            new("alpha", "twice", [folder["people2.parquet"]]),
            new("beta", "twice", [folder["people2.parquet"]]),
            new("Odd project", "odd \"table\"", [folder["odd.parquet"]]),
            new("titanic", "parts", [folder["part1.parquet"], folder["part2.parquet"]]),
        ];
    }

    public void Dispose()
    {
        Workers.Dispose();
        Folder.Dispose();
    }
}

public sealed class SandboxedQueryTests(SandboxFiles files) : IClassFixture<SandboxFiles>
{
    private readonly TempFolder _folder = files.Folder;
    private readonly IReadOnlyList<QueryTable> _tables = files.Tables;

    private Task<Result<QueryResult>> Run(string sql, QueryLimits? limits = null) => files.Workers.All.QueryAsync(_tables, sql, limits);

    private async Task<QueryResult> Ok(string sql, QueryLimits? limits = null) => (await Run(sql, limits)).Value;

    private async Task<string> Fails(string sql, ErrorCode? code = null)
    {
        var failure = Expect.Failure(await Run(sql));
        Assert.Equal(code ?? ErrorCodes.QueryFailed, failure.Code);
        // The user's own words may come back, but nothing the server knows.
        if (!sql.Contains(_folder.Path)) Assert.DoesNotContain(_folder.Path, failure.Detail);
        return failure.Detail;
    }

    private static string Json(QueryResult result) => JsonSerializer.Serialize(result.Rows, new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    [Theory]
    [InlineData("SELECT count(*) AS n, count(age) AS ages FROM titanic.passengers", "[[1309,1046]]")]
    [InlineData("select sex, sum(survived) s from passengers group by all order by 1;", "[[\"female\",339],[\"male\",161]]")]
    [InlineData("-- a remark\nFROM TITANIC.Passengers SELECT min(age) -- and another", "[[0.1667]]")]
    [InlineData("WITH old AS (SELECT * FROM passengers WHERE age > 70), f AS (SELECT * FROM old) SELECT count(*) FROM f", "[[6]]")]
    [InlineData("WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t", "[[15]]")]
    [InlineData("SELECT \"select\", \"a \"\"b\"\"\" FROM \"Odd project\".\"odd \"\"table\"\"\"", "[[8,7]]")]
    [InlineData("SELECT * FROM alpha.twice JOIN beta.twice USING (passenger_id)", "[[1,\"x\",\"x\"]]")]
    [InlineData("SELECT * FROM parts ORDER BY a", "[[1,null],[2,\"new\"]]")]
    [InlineData("VALUES (1), (2)", "[[1],[2]]")]
    [InlineData("SELECT * FROM range(3) UNION ALL SELECT unnest([7, 8])", "[[0],[1],[2],[7],[8]]")]
    [InlineData("SELECT passenger_class, row_number() OVER (ORDER BY passenger_id) FROM passengers ORDER BY 2 LIMIT 1", "[[\"1st\",1]]")]
    [InlineData("SELECT count(*) FROM (DESCRIBE titanic.passengers)", "[[6]]")]
    [InlineData("SELECT repeat('x', 3), lpad('7', 3, '0'), range(2), generate_series(-1, 1), printf('%05d|%s', 7, 'a'), format('{:>4}', 'x')", "[[\"xxx\",\"007\",[0,1],[-1,0,1],\"00007|a\",\"   x\"]]")]
    [InlineData("SELECT count(*) FROM (SELECT DISTINCT passenger_class FROM passengers) p, range(p.passenger_class[1]::BIGINT)", "[[6]]")]
    [InlineData("SELECT (SELECT max(age) FROM passengers p WHERE p.sex = q.sex) FROM (SELECT DISTINCT sex FROM passengers) q ORDER BY 1", "[[76],[80]]")]
    [InlineData("FROM (FROM passengers SELECT sex, survived) PIVOT (count(*) FOR survived IN (0, 1)) ORDER BY sex", "[[\"female\",127,339],[\"male\",682,161]]")]
    public async Task Answers(string sql, string json) => Assert.Equal(json, Json(await Ok(sql)));

    [Fact]
    public async Task Describes_and_summarizes_a_table()
    {
        Assert.Equal(6, (await Ok("DESCRIBE titanic.passengers")).Rows.Count);
        Assert.Equal("passenger_id", (await Ok("SUMMARIZE passengers;")).Rows[0][0]);
    }

    [Fact]
    public async Task Says_which_tables_were_read()
    {
        Assert.Equal(["titanic.passengers", "alpha.twice"], (await Ok("SELECT * FROM passengers, alpha.twice, passengers p LIMIT 1")).Tables.Select(t => $"{t.Schema}.{t.Name}"));
    }

    [Fact]
    public async Task Gives_values_that_json_can_say()
    {
        var result = await Ok("""
            SELECT 1::TINYINT a, 18446744073709551615::UBIGINT b, 170141183460469231731687303715884105727::HUGEINT c, sum(2)::HUGEINT d, 1.5::FLOAT e, 'nan'::DOUBLE f, '-inf'::FLOAT g,
              1.10::DECIMAL(10,2) h, 99999999999999999999999999999999999999::DECIMAL(38,0) i, DATE '2020-02-03' j, TIMESTAMP '2020-02-03 04:05:06.5' k,
              TIMESTAMPTZ '2020-02-03 04:05:06+02' l, 'infinity'::TIMESTAMP m, TIME '04:05:06' n, INTERVAL '1 month 2 days' o, '\xAA'::BLOB p, [1, NULL] q, {'a': 1, 'b': [NULL, 'x"']} r,
              MAP {'x': NULL} s, '{"a": [1]}'::JSON t, 'b'::ENUM('a', 'b') u, union_value(num := 2) v, true w, NULL x, '10101'::BIT y, '00000000-0000-0000-0000-000000000001'::UUID z,
              DATE '5877642-06-25 (BC)' aa, '12:34:56.123456789'::TIME_NS bb, '101'::BIT cc
            """);
        Assert.Equal(
            "[[1,18446744073709551615,\"170141183460469231731687303715884105727\",2,1.5,\"NaN\",\"-Infinity\",1.10,\"99999999999999999999999999999999999999\",\"2020-02-03\",\"2020-02-03T04:05:06.5\","
            + "\"2020-02-03T02:05:06Z\",\"infinity\",\"04:05:06\",\"1 month 2 days\",\"qg==\",[1,null],{\"a\":1,\"b\":[null,\"x\\\"\"]},{\"x\":null},{\"a\":[1]},\"b\",\"2\",true,null,\"10101\","
            + "\"00000000-0000-0000-0000-000000000001\",\"5877642-06-25 (BC)\",\"12:34:56.123456789\",\"101\"]]",
            Json(result).Replace("{\"a\": [1]}", "{\"a\":[1]}"));
        Assert.Equal(
            "int8 uint64 bigint bigint float32 float64 float32 decimal decimal date timestamp timestamp_utc timestamp time interval binary list struct map json string other boolean int32 other uuid date time other",
            string.Join(" ", result.Columns.Select(c => c.Type)));
    }

    [Fact]
    public async Task Keeps_the_order_and_cuts_at_the_row_limit()
    {
        var result = await Ok("SELECT passenger_id FROM passengers ORDER BY passenger_id DESC", new QueryLimits { MaxRows = 2 });
        Assert.Equal("[[1309],[1308]]", Json(result));
        Assert.True(result.Truncated);
        Assert.False((await Ok("SELECT 1 UNION ALL SELECT 2", new QueryLimits { MaxRows = 2 })).Truncated);
        Assert.True((await Ok("SELECT repeat('x', 1000) FROM range(10000)", new QueryLimits { MaxBytes = 20_000 })).Truncated);
    }

    [Fact]
    public async Task Gives_the_second_of_two_equal_columns_another_name()
    {
        var names = (await Ok("SELECT 1 AS a, 2 AS a")).Columns.Select(c => c.Name).ToList();
        Assert.Equal("a", names[0]);
        Assert.NotEqual("a", names[1]);
    }

    [Theory]
    [InlineData("selekt 1", "Line 1, column 1: syntax error at or near \"selekt\"")]
    [InlineData("SELECT name,\n  FROM FROM passengers", "Line 2, column 8: syntax error at or near \"FROM\"")]
    [InlineData("SELECT 'é', nam\nFROM passengers", "Line 1, column 13: Referenced column \"nam\" not found in FROM clause!")]
    [InlineData("SELECT *\nFROM nothing", "Line 2, column 6: There is no table 'nothing'. Tables that may be queried: titanic.passengers, alpha.twice, beta.twice, Odd project.odd \"table\", titanic.parts.")]
    [InlineData("SELECT * FROM titanic.nothing", "There is no table 'titanic.nothing'.")]
    [InlineData("SELECT * FROM memory.titanic.passengers", "There is no table 'memory.titanic.passengers'.")]
    [InlineData("SELECT 'abc'::INTEGER", "Could not convert string 'abc' to INT32")]
    [InlineData("SELECT name::INTEGER FROM passengers", "Could not convert string 'Allen, Miss. Elisabeth Walton' to INT32")]
    [InlineData("SELECT error('mine')", "mine")]
    [InlineData("SELECT 1; SELECT 2", "Only one statement can be run at a time.")]
    [InlineData(" ; ", "The query is empty.")]
    [InlineData("-- nothing", "The query is empty.")]
    [InlineData("SELECT $1", "Parameters such as '?' or '$1' cannot be used here")]
    [InlineData("SELECT * FROM passengers WHERE age > ?", "Parameters")]
    public async Task Says_what_is_wrong_with_the_sql(string sql, string message) => Assert.Contains(message, await Fails(sql));

    [Fact]
    public async Task Asks_which_table_is_meant()
    {
        Assert.Equal("Line 1, column 15: The table name 'twice' fits alpha.twice, beta.twice; write the one you mean.", await Fails("SELECT * FROM twice", ErrorCodes.Ambiguous));
    }

    [Theory]
    [InlineData("CREATE TABLE t (a INT)")]
    [InlineData("DROP VIEW passengers")]
    [InlineData("INSERT INTO titanic.passengers SELECT * FROM titanic.passengers")]
    [InlineData("UPDATE titanic.passengers SET age = 1")]
    [InlineData("DELETE FROM titanic.passengers")]
    [InlineData("COPY (SELECT 1) TO '{0}/out.csv'")]
    [InlineData("COPY titanic.passengers TO '{0}/people.parquet' (FORMAT parquet)")]
    [InlineData("ATTACH '{0}/x.db'")]
    [InlineData("DETACH memory")]
    [InlineData("USE titanic")]
    [InlineData("EXPORT DATABASE '{0}/x'")]
    [InlineData("IMPORT DATABASE '{0}/x'")]
    [InlineData("SET enable_external_access = true")]
    [InlineData("RESET lock_configuration")]
    [InlineData("SET VARIABLE a = 1")]
    [InlineData("PRAGMA database_list")]
    [InlineData("PRAGMA show_tables")]
    [InlineData("CALL pragma_version()")]
    [InlineData("INSTALL httpfs")]
    [InlineData("LOAD httpfs")]
    [InlineData("LOAD '{0}/x.duckdb_extension'")]
    [InlineData("CHECKPOINT")]
    [InlineData("VACUUM")]
    [InlineData("BEGIN")]
    [InlineData("PREPARE a AS SELECT 1")]
    [InlineData("EXECUTE a")]
    [InlineData("EXPLAIN SELECT * FROM titanic.passengers")]
    [InlineData("EXPLAIN ANALYZE SELECT * FROM titanic.passengers")]
    [InlineData("CREATE MACRO f(x) AS x")]
    [InlineData("CREATE SECRET s (TYPE S3)")]
    [InlineData("SELECT 1; DROP VIEW titanic.passengers")]
    [InlineData("SHOW TABLES")]
    [InlineData("SHOW ALL TABLES")]
    [InlineData("SHOW DATABASES")]
    [InlineData("MERGE INTO titanic.passengers USING passengers ON true WHEN MATCHED THEN DELETE")]
    [InlineData("COMMENT ON VIEW titanic.passengers IS 'x'")]
    [InlineData("WITH a AS (INSERT INTO titanic.parts VALUES (1) RETURNING *) FROM a")]
    // Files
    [InlineData("SELECT * FROM '{0}/secret.parquet'")]
    [InlineData("SELECT * FROM \"{0}/secret.parquet\"")]
    [InlineData("SELECT * FROM '{0}/people.parquet'")]
    [InlineData("SELECT * FROM '{0}/secret.csv'")]
    [InlineData("SELECT * FROM '/etc/passwd'")]
    [InlineData("WITH \"/etc/passwd.csv\" AS (SELECT * FROM \"/etc/passwd.csv\") FROM \"/etc/passwd.csv\"")]
    [InlineData("SELECT * FROM read_parquet('{0}/secret.parquet')")]
    [InlineData("SELECT * FROM parquet_scan('{0}/people.parquet')")]
    [InlineData("SELECT * FROM read_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM read_csv_auto('/etc/passwd')")]
    [InlineData("SELECT * FROM sniff_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM read_text('/etc/passwd')")]
    [InlineData("SELECT * FROM READ_TEXT('/etc/passwd')")]
    [InlineData("SELECT * FROM main.read_text('/etc/passwd')")]
    [InlineData("SELECT * FROM \"read_text\"('/etc/passwd')")]
    [InlineData("SELECT * FROM read_blob('/proc/self/environ')")]
    [InlineData("SELECT * FROM read_json('/etc/passwd')")]
    [InlineData("SELECT * FROM read_ndjson_objects('/etc/passwd')")]
    [InlineData("SELECT * FROM glob('/etc/*')")]
    [InlineData("SELECT * FROM read_duckdb('{0}/x.db')")]
    [InlineData("SELECT * FROM parquet_metadata('{0}/people.parquet')")]
    [InlineData("SELECT * FROM parquet_schema('{0}/people.parquet')")]
    [InlineData("SELECT * FROM parquet_kv_metadata('{0}/people.parquet')")]
    [InlineData("SELECT * FROM (SELECT 1) t, LATERAL (SELECT * FROM read_text('/etc/passwd'))")]
    [InlineData("SELECT (SELECT content FROM read_text('/etc/passwd'))")]
    [InlineData("WITH a AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM a")]
    [InlineData("SELECT * FROM passengers WHERE EXISTS (FROM read_text('/etc/passwd'))")]
    [InlineData("SELECT 1 UNION ALL (SELECT length(content) FROM read_text('/etc/passwd'))")]
    [InlineData("DESCRIBE SELECT * FROM read_csv('/etc/passwd')")]
    [InlineData("SUMMARIZE FROM read_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM 'https://example.com/a.parquet'")]
    [InlineData("SELECT * FROM read_parquet('s3://bucket/a.parquet')")]
    [InlineData("FROM read_csv('/dev/stdin')")]
    // The server
    [InlineData("SELECT getenv('HOME')")]
    [InlineData("SELECT current_setting('allowed_paths')")]
    [InlineData("SELECT CURRENT_SETTING('secret_directory')")]
    [InlineData("SELECT * FROM duckdb_settings()")]
    [InlineData("SELECT * FROM pg_settings")]
    [InlineData("SELECT * FROM pg_catalog.pg_settings")]
    [InlineData("SELECT sql FROM duckdb_views()")]
    [InlineData("SELECT sql FROM duckdb_views")]
    [InlineData("WITH duckdb_views AS (SELECT * FROM duckdb_views) SELECT * FROM duckdb_views")]
    [InlineData("SELECT * FROM (WITH duckdb_views AS (SELECT 1) FROM duckdb_views), duckdb_views")]
    [InlineData("SELECT sql FROM sqlite_master")]
    [InlineData("SELECT * FROM information_schema.views")]
    [InlineData("SELECT * FROM system.information_schema.tables")]
    [InlineData("SELECT * FROM pg_views")]
    [InlineData("SELECT pg_get_viewdef(1)")]
    [InlineData("SELECT pg_catalog.pg_get_viewdef(1)")]
    [InlineData("SELECT json_serialize_plan('SELECT * FROM titanic.passengers')")]
    [InlineData("SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))")]
    [InlineData("SELECT * FROM query('SELECT 1')")]
    [InlineData("SELECT * FROM query_table('duckdb_views')")]
    [InlineData("SELECT * FROM histogram(duckdb_views, sql)")]
    [InlineData("SELECT * FROM duckdb_secrets()")]
    [InlineData("SELECT * FROM duckdb_extensions()")]
    [InlineData("SELECT * FROM duckdb_logs()")]
    [InlineData("SELECT * FROM duckdb_external_file_cache()")]
    [InlineData("SELECT * FROM duckdb_memory()")]
    [InlineData("SELECT * FROM duckdb_temporary_files()")]
    [InlineData("SELECT * FROM pragma_database_list")]
    [InlineData("SELECT * FROM pragma_table_info('titanic.passengers')")]
    [InlineData("SELECT * FROM arrow_scan(1, 2, 3)")]
    [InlineData("SELECT * FROM seq_scan('x')")]
    [InlineData("SELECT * FROM which_secret('s3://x', 's3')")]
    [InlineData("SELECT write_log('x')")]
    [InlineData("SELECT nextval('x')")]
    [InlineData("SELECT __internal_decompress_string(1)")]
    [InlineData("SELECT finalize(sum(1) EXPORT_STATE)")]
    [InlineData("SELECT * FROM dowel_result")]
    // What would end the process: found by trying
    [InlineData("SELECT json_transform('1', '[\"INT\"]')")]
    [InlineData("SELECT from_json('1', '\"INT\"')")]
    [InlineData("SELECT json_structure('1')")]
    [InlineData("SELECT json_contains('1', '1')")]
    [InlineData("SELECT json_merge_patch('{}', '{}')")]
    [InlineData("SELECT '1'::JSON::VARIANT")]
    [InlineData("SELECT CAST('1'::JSON AS variant)")]
    [InlineData("SELECT TRY_CAST([1] AS VARIANT[])")]
    [InlineData("SELECT {'a': 1}::STRUCT(a VARIANT)")]
    // What would take the machine's memory
    [InlineData("SELECT repeat('x', 1000000000)")]
    [InlineData("SELECT repeat('x', age::BIGINT * 10000000) FROM passengers")]
    [InlineData("SELECT 'x'.repeat(1000000000)")]
    [InlineData("SELECT lpad('x', 1000000000, 'y')")]
    [InlineData("SELECT list_resize([1], 1000000000)")]
    [InlineData("SELECT len(range(1000000000))")]
    [InlineData("SELECT unnest(generate_series(1, passenger_id * 1000000)) FROM passengers")]
    [InlineData("SELECT format('{:1000000000}', 1)")]
    [InlineData("SELECT format('{:{}}', 1, 1000000000)")]
    [InlineData("SELECT printf('%*d', 1000000000, 1)")]
    [InlineData("SELECT bitstring('1', 1000000000)")]
    [InlineData("SELECT filename FROM titanic.passengers")]
    [InlineData("SELECT file_row_number FROM titanic.passengers")]
    [InlineData("SELECT rowid FROM titanic.passengers")]
    public async Task Refuses_what_reaches_past_the_tables(string sql)
    {
        await Fails(sql.Replace("{0}", _folder.Path, StringComparison.Ordinal));
        Assert.Equal(["odd.parquet", "part1.parquet", "part2.parquet", "people.parquet", "people2.parquet", "secret.csv", "secret.parquet"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void The_settings_alone_would_hold_too()
    {
        // What the guard refuses by its looks, the connection refuses as well.
        using var connection = Duck.Open();
        connection.Confine([_folder["people.parquet"]]);
        foreach (var sql in new[]
        {
            $"FROM {Duck.Literal(_folder["secret.parquet"])}", $"FROM {Duck.Literal(_folder["secret.csv"])}", "FROM read_text('/etc/passwd')", "FROM read_blob('/proc/self/environ')",
            "FROM glob('/*')", $"COPY (SELECT 1) TO {Duck.Literal(_folder["x.csv"])}", $"COPY (SELECT 1) TO {Duck.Literal(_folder["people.parquet"])}",
            $"ATTACH {Duck.Literal(_folder["x.db"])}", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true", "SET lock_configuration = false",
            "SET memory_limit = '100GB'", "SET allowed_directories = ['/']", "SET temp_directory = '/tmp'", "RESET allowed_paths", "FROM 'https://example.com/a.parquet'",
            $"FROM read_parquet({Duck.Literal(_folder["*.parquet"])})", $"FROM {Duck.Literal(_folder.Path + "/x/../secret.parquet")}",
        })
        {
            Assert.Throws<DuckDB.NET.Data.DuckDBException>(() => connection.Query(sql, r => r.GetValue(0)));
        }
        Assert.Equal(1309, connection.Query($"SELECT count(*) FROM {Duck.ReadParquet(_folder["people.parquet"])}", r => r.GetInt64(0))[0]);
    }

    [Theory]
    [InlineData("SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = 3")]
    [InlineData("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t")]
    [InlineData("SELECT a.name FROM passengers a, passengers b, passengers c, passengers d WHERE a.age + b.age + c.age + d.age < 0")]
    [InlineData("SELECT max(md5(md5(range::VARCHAR))) FROM range(1000000000)")]
    public async Task Stops_a_query_that_runs_too_long(string sql)
    {
        var started = Stopwatch.GetTimestamp();
        var failure = Expect.Failure(await Run(sql, new QueryLimits { Timeout = TimeSpan.FromMilliseconds(400) }));
        Assert.Equal(ErrorCodes.QueryLimit, failure.Code);
        Assert.Equal("The query was stopped: it ran longer than 0.4 seconds.", failure.Detail);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData("SELECT a.range, list(b.range) FROM range(1000) a, range(1000000) b GROUP BY ALL")]
    [InlineData("SELECT md5(range::VARCHAR) h, row_number() OVER (ORDER BY h) FROM range(100000000)")]
    [InlineData("SELECT DISTINCT a.range * 7919 + b.range FROM range(100000) a, range(10000) b")]
    public async Task Stops_a_query_that_needs_too_much_memory(string sql)
    {
        var failure = Expect.Failure(await Run(sql, new QueryLimits { MemoryMegabytes = 64, Timeout = TimeSpan.FromMinutes(3) }));
        Assert.Equal(ErrorCodes.QueryLimit, failure.Code);
        Assert.Equal("The query was stopped: it needed more than 64 MiB of memory.", failure.Detail);
    }

    [Fact]
    public async Task Stops_when_the_caller_goes_away()
    {
        using var stop = new CancellationTokenSource(300);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => files.Workers.All.QueryAsync(_tables, "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = 3", null, stop.Token));
    }

    [Fact]
    public async Task Survives_deep_nesting()
    {
        await Fails("SELECT passenger_id" + string.Concat(Enumerable.Repeat(".a", 40_000)) + " FROM passengers");
        await Fails("SELECT " + new string('(', 30_000) + "1" + new string(')', 30_000));
        await Fails("SELECT " + string.Concat(Enumerable.Repeat("abs(", 15_000)) + "1" + new string(')', 15_000));
        await Fails(string.Concat(Enumerable.Repeat("SELECT * FROM (", 6_000)) + "SELECT 1" + new string(')', 6_000));
        await Run("SELECT " + string.Join(" + ", Enumerable.Repeat("1", 20_000)));
    }

    [Fact]
    public async Task Names_the_table_whose_file_is_gone()
    {
        var failure = Expect.Failure(await files.Workers.All.QueryAsync([new("a", "gone", [_folder["gone.parquet"]])], "SELECT * FROM gone"));
        Assert.StartsWith("The table a.gone cannot be read:", failure.Detail);
        Assert.DoesNotContain(_folder.Path, failure.Detail);
    }

    [Fact]
    public async Task Runs_many_at_once()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Ok($"SELECT count(*) + {i} FROM passengers")));
        Assert.Equal(Enumerable.Range(1309, 20).Select(i => (long)i), results.Select(r => (long)r.Rows[0][0]!));
    }
}
