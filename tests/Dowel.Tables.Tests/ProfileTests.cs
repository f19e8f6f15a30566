using Dowel.Contracts;
using Dowel.Tables.Ingest;
using Dowel.Tables.Profiles;
using Dowel.Tables.Workers;

namespace Dowel.Tables.Tests;

/// <remarks>
/// Reference figures: pandas 1.5.3, numpy 1.24.2, scipy 1.10.1. Per column over its finite values: Series.mean(), .std() (ddof=1), numpy.quantile (linear),
/// numpy.histogram with min(20, bins of numpy.histogram_bin_edges(x, 'auto')); DataFrame.corr() (Pearson, pairwise complete); Series.value_counts().
/// </remarks>
public sealed class ProfileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private async Task<TableProfile> Profile(string sql) => TableProfiler.Profile([_folder.Parquet("t.parquet", sql)], JobLimits.Default).Value;

    private static void Near(double expected, double? actual) => Assert.Equal(expected, actual!.Value, Math.Abs(expected) * 1e-12 + 1e-13);

    private static void Near(double[] expected, IEnumerable<double> actual)
    {
        var list = actual.ToList();
        Assert.Equal(expected.Length, list.Count);
        for (var i = 0; i < expected.Length; i++) Near(expected[i], list[i]);
    }

    [Fact]
    public async Task Agrees_with_pandas_on_the_titanic_passengers()
    {
        Assert.True(TableIngest.ToParquet(TestData.Titanic, TableFormat.Csv, _folder["t.parquet"], JobLimits.Default).IsOk);
        var profile = TableProfiler.Profile([_folder["t.parquet"]], JobLimits.Default).Value;
        Assert.Equal(1309, profile.RowCount);
        Assert.Equal(["passenger_id", "name", "sex", "age", "passenger_class", "survived"], profile.Columns.Select(c => c.Name));

        var age = profile.Columns[3];
        Assert.Equal((1046L, 263L, 98L, 0L), (age.Count, age.Missing, age.Distinct, age.Infinite));
        Near(263 / 1309.0, age.MissingFraction);
        Assert.Equal((0.1667, 80.0), ((double)age.Min!, (double)age.Max!));
        Near(29.8811345124283, age.Mean);
        Near(14.4134996999236, age.Std);
        Near([0.9167, 5.0, 21.0, 28.0, 39.0, 57.0, 65.0], age.Quantiles.Select(q => q.Value));
        Assert.Equal([51, 21, 22, 40, 114, 160, 128, 122, 97, 64, 51, 57, 38, 27, 21, 20, 5, 5, 2, 1], age.Histogram!.Counts);
        Near([0.1667, 4.158365, 80.0], [age.Histogram.Edges[0], age.Histogram.Edges[1], age.Histogram.Edges[^1]]);
        Assert.Equal([(24.0, 47L), (22.0, 43L), (21.0, 41L), (30.0, 40L), (18.0, 39L), (25.0, 34L), (28.0, 32L), (36.0, 31L), (26.0, 30L), (27.0, 30L)], age.TopValues.Select(v => ((double)v.Value!, v.Count)));

        var id = profile.Columns[0];
        Assert.Equal((1L, 1309L), ((long)id.Min!, (long)id.Max!));
        Near(378.0200611960517, id.Std);
        Near([14.08, 66.4, 328.0, 655.0, 982.0, 1243.6, 1295.92], id.Quantiles.Select(q => q.Value));
        Assert.Equal([109, 109, 109, 109, 109, 109, 109, 109, 109, 109, 109, 110], id.Histogram!.Counts);
        Assert.Equal([809, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 500], profile.Columns[5].Histogram!.Counts);

        var sex = profile.Columns[2];
        Assert.Equal(("female", "male", 2L), (sex.Min, sex.Max, sex.Distinct));
        Assert.Equal([("male", 843L), ("female", 466L)], sex.TopValues.Select(v => ((string)v.Value!, v.Count)));
        Assert.Null(sex.Histogram);
        Assert.Null(sex.Mean);

        Assert.Equal(["passenger_id", "age", "survived"], profile.Correlations.Columns);
        Near([1, -0.34388795426646984, -0.29371685528100294, -0.34388795426646984, 1, -0.05551252019214631, -0.29371685528100294, -0.05551252019214631, 1], profile.Correlations.Values.SelectMany(r => r).Select(v => v!.Value));
    }

    [Fact]
    public async Task Agrees_with_pandas_where_values_are_missing_nan_and_infinite()
    {
        var profile = await Profile("""
            SELECT CASE WHEN i % 10 = 0 THEN NULL WHEN i % 101 = 2 THEN 'inf'::DOUBLE WHEN i % 97 = 1 THEN 'nan'::DOUBLE ELSE ((i * 7919) % 1000) / 7.0 END AS a, (i * i) % 313 AS b,
              CASE WHEN i % 10 = 0 THEN NULL WHEN i % 101 = 2 THEN '-inf'::DOUBLE WHEN i % 97 = 1 THEN 'nan'::DOUBLE ELSE ((i * 7919) % 1000) / 7.0 * -2.5 + ((i * i) % 313) / 100 END AS d
            FROM range(1000) t(i)
            """);
        var a = profile.Columns[0];
        Assert.Equal((890L, 110L, 9L, 882L), (a.Count, a.Missing, a.Infinite, a.Distinct));
        Assert.Equal((0.14285714285714285, 142.71428571428572), ((double)a.Min!, (double)a.Max!));
        Near(71.52602562023675, a.Mean);
        Near(41.27332617871648, a.Std);
        Near([1.5142857142857145, 7.0, 36.0, 71.71428571428571, 107.0, 135.85714285714286, 141.34285714285716], a.Quantiles.Select(q => q.Value));
        Assert.Equal([80, 81, 79, 78, 82, 80, 80, 80, 80, 81, 80], a.Histogram!.Counts);
        Near(13.103896103896105, a.Histogram.Edges[1]);
        Near(94.81589489597683, profile.Columns[1].Std);
        Assert.Equal([121, 85, 88, 84, 71, 108, 69, 92, 80, 82, 120], profile.Columns[1].Histogram!.Counts);
        Near(0.025855331352662308, profile.Correlations.Values[0][1]);
        Near(-0.9999582176851937, profile.Correlations.Values[0][2]);
    }

    [Fact]
    public async Task Profiles_columns_without_variety()
    {
        var profile = await Profile("SELECT NULL::DOUBLE AS empty, NULL::VARCHAR AS text, 'nan'::DOUBLE AS nan, 'inf'::DOUBLE AS inf, 5 AS constant, 0.1::DOUBLE AS x, true AS yes FROM range(3)");
        Assert.All(profile.Columns.Take(3), c =>
        {
            Assert.Equal((0L, 3L, 1.0, 0L), (c.Count, c.Missing, c.MissingFraction, c.Distinct));
            Assert.Null(c.Min);
            Assert.Null(c.Mean);
            Assert.Null(c.Histogram);
            Assert.Empty(c.TopValues);
            Assert.Empty(c.Quantiles);
        });
        var inf = profile.Columns[3];
        Assert.Equal((3L, 3L, 1L), (inf.Count, inf.Infinite, inf.Distinct));
        Assert.Null(inf.Max);
        Assert.Equal("Infinity", inf.TopValues[0].Value);
        var constant = profile.Columns[4];
        Assert.Equal((5, 0.0), ((int)constant.Max!, constant.Std));
        Assert.Equal([4.5, 5.5], constant.Histogram!.Edges);
        Assert.Equal([3], constant.Histogram.Counts);
        Assert.Equal(true, profile.Columns[6].Min);
        Assert.All(profile.Correlations.Values.SelectMany(r => r), Assert.Null);
    }

    [Fact]
    public async Task Profiles_an_empty_table_and_a_single_row()
    {
        var profile = await Profile("SELECT 1 AS a, 'x' AS b WHERE false");
        Assert.Equal(0, profile.RowCount);
        Assert.All(profile.Columns, c => Assert.Equal((0L, 0L, 0.0), (c.Count, c.Missing, c.MissingFraction)));
        profile = await Profile("SELECT 7 AS a, 8 AS b");
        Assert.Equal(7.0, profile.Columns[0].Mean);
        Assert.Null(profile.Columns[0].Std);
        Assert.Null(profile.Correlations.Values[0][1]);
    }

    [Fact]
    public async Task Profiles_every_type_and_odd_names_and_values()
    {
        var profile = await Profile("""
            SELECT '🐟' || chr(10) || '''; DROP TABLE t; --' AS "a ""b'", 1.5::DECIMAL(10,2) AS "decimal", 5::HUGEINT AS "select", DATE '2020-01-02' + i::INTEGER AS d, TIMESTAMPTZ '2020-01-02 03:04:05Z' + INTERVAL (i) HOUR AS tz,
              TIME '01:02:03' AS ti, '\xAA\x00'::BLOB AS b, [i] AS l, {'a': i} AS s, MAP {'k': i} AS m, uuid() AS u, INTERVAL (i) DAY AS iv, repeat('x', 1000) AS long, 1e308 * (CASE WHEN i = 0 THEN -1 ELSE 1 END) AS huge, '{"a": 1}'::JSON AS j
            FROM range(3) t(i)
            """);
        Assert.Equal("string decimal float64 date timestamp_utc time binary list struct map uuid interval string float64 json", string.Join(" ", profile.Columns.Select(c => c.Type)));
        Assert.Equal("a \"b'", profile.Columns[0].Name);
        Assert.Equal("🐟\n'; DROP TABLE t; --", profile.Columns[0].TopValues[0].Value);
        Assert.Equal(1.5, profile.Columns[1].Mean);
        Assert.Equal(5.0, profile.Columns[2].Mean);
        Assert.Equal(("2020-01-02", "2020-01-04"), (profile.Columns[3].Min, profile.Columns[3].Max));
        Assert.Equal(("2020-01-02T03:04:05Z", "2020-01-02T05:04:05Z"), (profile.Columns[4].Min, profile.Columns[4].Max));
        // 2020-01-02T03:04:05Z in milliseconds
        Assert.Equal(1577934245000.0, profile.Columns[4].Histogram!.Edges[0]);
        Assert.Equal(3, profile.Columns[4].Histogram!.Counts.Sum());
        Assert.Equal(201, ((string)profile.Columns[12].TopValues[0].Value!).Length);
        Assert.Equal(3, profile.Columns[7].Distinct);
        // The sum and the squares do not fit into a double; the rest of the profile stands.
        Assert.Null(profile.Columns[13].Std);
        Assert.Equal(1e308, profile.Columns[13].Max);
        Assert.Equal(15, profile.Columns.Count);
    }

    [Fact]
    public async Task Bins_hold_every_value_once_whatever_the_edges()
    {
        var profile = await Profile("SELECT (i % 21) / 10.0::DOUBLE AS a, 0.1::DOUBLE + (i % 7) * 1e-17 AS b, i * 1e15 + 0.5 AS c, -i::DOUBLE / 3 AS d FROM range(10000) t(i)");
        Assert.All(profile.Columns, c =>
        {
            Assert.Equal(10000, c.Histogram!.Counts.Sum());
            Assert.All(c.Histogram.Counts, n => Assert.True(n >= 0));
            Assert.InRange(c.Histogram.Counts.Count, 1, 20);
        });
    }

    [Fact]
    public async Task Says_when_a_file_is_not_parquet()
    {
        var failure = Expect.Failure(TableProfiler.Profile([_folder.Write("x.parquet", "no")], JobLimits.Default));
        Assert.Equal(ErrorCodes.Malformed, failure.Code);
        Assert.DoesNotContain(_folder.Path, failure.Detail);
    }

    [Fact]
    public async Task Profiles_several_files_as_one_table()
    {
        var profile = TableProfiler.Profile([_folder.Parquet("a.parquet", "SELECT 1 AS x"), _folder.Parquet("b.parquet", "SELECT 2 AS x, 'y' AS y")], JobLimits.Default).Value;
        Assert.Equal(2, profile.RowCount);
        Assert.Equal(1, profile.Columns[1].Missing);
    }

    [Fact]
    public async Task Of_a_wide_table_the_first_columns_are_profiled_and_the_rest_is_counted()
    {
        var profile = await Profile($"SELECT {string.Join(", ", Enumerable.Range(0, 1500).Select(i => i % 3 == 0 ? $"'{i}' AS c{i}" : $"range * {i} AS c{i}"))} FROM range(3)");
        Assert.Equal((1000, 500), (profile.Columns.Count, profile.LeftOut));
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"c{i}"), profile.Columns.Select(c => c.Name));
        Assert.Equal((3L, 1L, "900"), (profile.Columns[900].Count, profile.Columns[900].Distinct, profile.Columns[900].Min));
        Near(998, profile.Columns[998].Mean);
        Assert.Equal(50, profile.Correlations.Columns.Count);
        Near(1, profile.Correlations.Values[0][49]);
    }

    [Fact]
    public async Task A_worker_says_the_same()
    {
        using var workers = new TestWorkers();
        var profile = (await workers.All.ProfileAsync([_folder.Parquet("t.parquet", $"SELECT * FROM read_csv({Duck.Literal(TestData.Titanic)})")])).Value;
        static string Json(TableProfile p) => System.Text.Json.JsonSerializer.Serialize(p, DowelJson.Options);
        Assert.Equal(Json(TableProfiler.Profile([_folder["t.parquet"]], JobLimits.Default).Value), Json(profile));
        Assert.Equal(ErrorCodes.Malformed, Expect.Failure(await workers.All.ProfileAsync([_folder.Write("x.parquet", "no")])).Code);
    }
}
