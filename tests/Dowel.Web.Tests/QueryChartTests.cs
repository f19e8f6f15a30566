using Dowel.Web.Pages.Datasets;

namespace Dowel.Web.Tests;

public sealed class QueryChartTests
{
    private static TableData Table(string[] columns, params object?[][] rows) => new()
    {
        Columns = [.. columns.Select(c => new ColumnInfo(c.Split(':')[0], c.Split(':')[1]))], Rows = rows,
    };

    [Fact]
    public void Draws_survival_by_class_and_sex_as_bars_a_series_a_sex()
    {
        var table = Table(["pclass:int64", "sex:string", "survival:float64"], [1L, "female", 0.97], [1L, "male", 0.34], [3L, "female", 0.49], [3L, "male", 0.15]);
        var chart = QueryChart.For(table);
        Assert.Equal((QueryChartKind.Bar, "sex", "survival", "pclass"), (chart.Kind, chart.X, chart.Y, chart.Split));
        var model = chart.Draw(table);
        Assert.Equal(["1", "3"], model.Series.Select(s => s.Name));
        Assert.Equal([0.97, 0.34], model.Series[0].Y);
        Assert.Equal(["female", "male"], model.Series[0].X);
    }

    [Fact]
    public void Draws_a_line_over_time()
    {
        var table = Table(["day:date", "orders:int64"], ["2026-01-01", 3L], ["2026-01-02", 5L]);
        var chart = QueryChart.For(table);
        Assert.Equal(QueryChartKind.Line, chart.Kind);
        Assert.Equal(AxisKind.Time, chart.Draw(table).XKind);
        Assert.IsType<DateTimeOffset>(chart.Draw(table).Series[0].X[0]);
    }

    [Fact]
    public void Draws_points_of_many_numbers()
    {
        var table = Table(["age:float64", "fare:float64"], [.. Enumerable.Range(0, 50).Select(i => (object?[])[i * 1.5, i * 2.5])]);
        Assert.Equal(QueryChartKind.Scatter, QueryChart.For(table).Kind);
    }

    [Fact]
    public void Rows_that_are_not_grouped_are_points_and_not_a_bar_a_name()
    {
        var table = Table(["id:int64", "name:string", "sex:string", "age:float64"], [.. Enumerable.Range(0, 60).Select(i => (object?[])[(long)i, $"name {i}", i % 2 == 0 ? "male" : "female", i * 1.5])]);
        var chart = QueryChart.For(table);
        Assert.Equal((QueryChartKind.Scatter, "id", "age"), (chart.Kind, chart.X, chart.Y));
    }

    [Fact]
    public void Draws_nothing_without_numbers()
    {
        Assert.False(QueryChart.For(Table(["name:string", "sex:string"], ["Anna", "female"])).CanDraw);
        Assert.False(QueryChart.For(Table(["n:int64"], [1L])).CanDraw);
        Assert.False(QueryChart.For(Table(["a:string", "n:int64"])).CanDraw);
        Assert.Empty(new QueryChart().Draw(new TableData()).Series);
    }

    [Fact]
    public void Missing_values_are_gaps_and_NaN_as_text_is_no_number()
    {
        var table = Table(["sex:string", "age:float64"], ["female", null], ["male", "NaN"], ["other", 30.0]);
        Assert.Equal([null, null, 30.0], QueryChart.For(table).Draw(table).Series[0].Y);
    }

    [Theory]
    [InlineData("titanic.csv", "titanic")]
    [InlineData("My Table (2).parquet", "my_table_2")]
    [InlineData("C:\\data\\2024 sales.csv", "t_2024_sales")]
    [InlineData("表.csv", "table")]
    [InlineData("../../etc/passwd", "passwd")]
    public void Names_a_dataset_after_its_file(string file, string name) => Assert.Equal(name, DatasetNames.FromFile(file));

    [Theory]
    [InlineData("titanic", "titanic")]
    [InlineData("my table", "\"my table\"")]
    [InlineData("a\"; DROP TABLE x", "\"a\"\"; DROP TABLE x\"")]
    public void Quotes_names_for_SQL(string name, string sql) => Assert.Equal(sql, DatasetNames.Quoted(name));

    [Fact]
    public async Task A_stream_tells_how_far_it_is()
    {
        var said = new List<int>();
        await using var stream = new ProgressStream(new MemoryStream(new byte[1000]), 1000, said.Add);
        var buffer = new byte[300];
        while (await stream.ReadAsync(buffer) > 0) { }
        Assert.Equal([30, 60, 90, 100], said);
    }
}
