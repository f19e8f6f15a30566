using Dowel.Web.Pages.Experiments;

namespace Dowel.Web.Tests;

public sealed class RunTests
{
    private static Run Run(string name, (string, double)[] metrics, params (string, string)[] parameters) => new()
    {
        Id = name, Name = name, Metrics = metrics.ToDictionary(m => m.Item1, m => m.Item2), Params = parameters.ToDictionary(p => p.Item1, p => p.Item2),
    };

    [Theory]
    [InlineData("log_loss", true)]
    [InlineData("logloss", true)]
    [InlineData("test/rmse", true)]
    [InlineData("latency_ms", true)]
    [InlineData("auc", false)]
    [InlineData("accuracy", false)]
    [InlineData("f1", false)]
    public void Knows_whether_less_is_better(string metric, bool less) => Assert.Equal(less, RunColumns.LessIsBetter(metric));

    [Fact]
    public void Sets_off_the_best_run_of_each_metric_where_they_differ()
    {
        var runs = new[] { Run("forest", [("auc", 0.87), ("log_loss", 0.4), ("seed", 1)]), Run("logistic", [("auc", 0.85), ("log_loss", 0.39), ("seed", 1)]), Run("broken", [("auc", double.NaN)]) };
        var best = RunColumns.Best(runs, RunColumns.Metrics(runs));
        Assert.Equal("forest", best["auc"]);
        Assert.Equal("logistic", best["log_loss"]);
        Assert.DoesNotContain("seed", best.Keys);
    }

    [Fact]
    public void Params_that_differ_stand_first()
    {
        var runs = new[] { Run("a", [], ("alpha", "1"), ("trees", "100")), Run("b", [], ("alpha", "1"), ("trees", "200")) };
        Assert.Equal(["trees", "alpha"], RunColumns.Params(runs));
    }

    [Fact]
    public void Compares_with_the_best_first_and_keeps_runs_of_one_name_apart()
    {
        var chart = RunCharts.Bars([Run("try", [("auc", 0.7)]), Run("try", [("auc", 0.9)])], "auc");
        Assert.Equal(["try", "try (2)"], chart.Series[0].X);
        Assert.Equal([0.9, 0.7], chart.Series[0].Y);
        Assert.Equal([0.3, 0.5], RunCharts.Bars([Run("a", [("loss", 0.5)]), Run("b", [("loss", 0.3)])], "loss").Series[0].Y);
    }

    [Fact]
    public void Parallel_coordinates_place_numbers_and_names_and_leave_gaps()
    {
        var runs = new[] { Run("a", [("auc", 0.8), ("same", 1)], ("model", "forest")), Run("b", [("auc", 0.9), ("same", 1)], ("model", "logistic")), Run("c", [("same", 1)], ("model", "mlp")) };
        var plot = ParallelPlot.Of(runs, [new("params.model"), new("metrics.same"), new("metrics.auc")]);
        Assert.Equal([0.0, 0.5, 0.0], plot.Lines[0].Shares);
        Assert.Equal([0.5, 0.5, 1.0], plot.Lines[1].Shares);
        Assert.Null(plot.Lines[2].Shares[2]);
        Assert.Equal(["forest", "logistic", "mlp"], plot.Axes[0].Ticks.Select(t => t.Text));
        var kept = new Dictionary<string, (double, double)> { ["metrics.auc"] = (0.5, 1) };
        Assert.Equal(["b"], plot.Lines.Where(l => ParallelPlot.Passes(l, plot.Axes, kept)).Select(l => l.Run.Id));
    }

    [Fact]
    public void A_param_that_is_no_number_makes_an_axis_of_names()
    {
        var runs = new[] { Run("a", [("auc", 0.8)], ("trainer", "forest")), Run("b", [("auc", 0.9)], ("trainer", "logistic")), Run("c", [("auc", 0.9)]) };
        var chart = RunCharts.Scatter(runs, new("params.trainer"), new("metrics.auc"));
        Assert.Equal(AxisKind.Category, chart.XKind);
        Assert.Equal(["forest", "logistic"], chart.Series.SelectMany(s => s.X));
        Assert.Equal(["a", "b"], chart.Series.Select(s => s.Name));
        Assert.Equal(AxisKind.Number, RunCharts.Scatter([Run("a", [("auc", 0.8)], ("trees", "100"))], new("params.trees"), new("metrics.auc")).XKind);
    }

    [Fact]
    public void A_contour_is_at_each_run_about_what_the_run_is_and_between_them_between()
    {
        var runs = new[] { Run("a", [("auc", 0.0)], ("x", "0"), ("y", "0")), Run("b", [("auc", 1.0)], ("x", "10"), ("y", "10")), Run("c", [("auc", 0.5)], ("x", "5"), ("y", "5")), Run("d", [("auc", 0.5)], ("x", "0"), ("y", "10")) };
        var contour = RunCharts.Contour(runs, new("params.x"), new("params.y"), new("metrics.auc")).Contour!;
        Assert.Equal((0.0, 10.0), (contour.X[0], contour.X[^1]));
        Assert.InRange(contour.Z[0][0], 0, 0.01);
        Assert.InRange(contour.Z[^1][^1], 0.99, 1);
        Assert.All(contour.Z.SelectMany(z => z), z => Assert.InRange(z, 0, 1));
    }

    [Fact]
    public void A_contour_of_few_places_or_of_a_line_says_why_it_is_not_drawn()
    {
        Run At(string x, string y) => Run($"{x} {y}", [("auc", 0.5)], ("x", x), ("y", y));
        (string? Why, ChartContour? Drawn) Contour(params Run[] runs) =>
            (RunCharts.NoContour(runs, new("params.x"), new("params.y"), new("metrics.auc")), RunCharts.Contour(runs, new("params.x"), new("params.y"), new("metrics.auc")).Contour);
        var (why, drawn) = Contour(At("8", "12"), At("20", "8"), At("8", "12"), At("8", "12"));
        Assert.Contains("at 2 different places", why);
        Assert.Null(drawn);
        (why, drawn) = Contour(At("1", "0.1"), At("2", "0.2"), At("3", "0.3"), At("40", "4"));
        Assert.Contains("on one line", why);
        Assert.Null(drawn);
        Assert.Contains("on one line", Contour(At("1", "7"), At("2", "7"), At("3", "7"), At("4", "7")).Why);
        (why, drawn) = Contour(At("1", "0.1"), At("2", "0.2"), At("3", "0.3"), At("3", "0.1"));
        Assert.Null(why);
        Assert.NotNull(drawn);
    }

    [Fact]
    public void Many_runs_are_points_of_one_colour()
    {
        var runs = Enumerable.Range(0, 11).Select(i => Run($"r{i}", [("auc", i)], ("x", $"{i}"))).ToList();
        Assert.Equal(11, Assert.Single(RunCharts.Scatter(runs, new("params.x"), new("metrics.auc")).Series).X.Count);
    }

    [Fact]
    public void Default_columns_begin_with_the_metric_that_runs_are_chosen_by()
    {
        var names = new LoggedNames
        {
            Metrics = [new("fold_0_auc", 9), new("accuracy", 9), new("system/cpu", 9), new("val_auc", 5), new("rare", 1)], Params = [new("depth", 9)],
        };
        Assert.Equal(["accuracy", "val_auc", "rare", "fold_0_auc", "system/cpu"], RunColumns.DefaultMetrics(names, new Dictionary<string, string>()));
        Assert.Equal("val_auc", RunColumns.DefaultMetrics(names, new Dictionary<string, string> { ["selection_metric"] = "val_auc" })[0]);
        Assert.Equal(["status", "started", "duration", "metrics.accuracy"], RunColumns.Default(names, new Dictionary<string, string>()).Take(4).Select(c => c.Key));
    }

    [Fact]
    public void Columns_of_an_address_are_read_and_nonsense_is_left_out() =>
        Assert.Equal(["metrics.a.b", "status", "tags.x y"], RunColumn.Parse("metrics.a.b,status,tags.x y,nothing,metrics.,status").Select(c => c.Key));

    [Fact]
    public void The_difference_table_marks_what_differs_and_the_best()
    {
        var rows = RunDifference.Of([Run("a", [("loss", 0.30001), ("same", 1)], ("lr", "1")), Run("b", [("loss", 0.30002), ("same", 1)], ("lr", "1"))], ["loss", "same"]);
        var loss = rows.Single(r => r.Name == "loss");
        Assert.True(loss.Differs);
        Assert.Equal(0, loss.Best);
        Assert.False(rows.Single(r => r.Name == "same").Differs);
        Assert.False(rows.Single(r => r.Name == "lr").Differs);
    }

    [Fact]
    public void Smoothing_is_debiased_and_keeps_gaps()
    {
        Assert.Equal([1.0, null, 1.0], CurveCharts.Smooth([1, null, 1], 0.9).Select(v => v is { } n ? (double?)Math.Round(n, 9) : null));
        var smooth = CurveCharts.Smooth([0, 10], 0.5);
        Assert.Equal(0, smooth[0]);
        Assert.Equal(20.0 / 3, smooth[1]!.Value, 9);
    }

    [Fact]
    public void Curves_leave_out_what_a_log_scale_cannot_show()
    {
        var run = Run("a", [("loss", 1)]);
        var series = new MetricSeries("a", [new(0, default, 0), new(1, default, 1), new(2, default, double.NaN)]);
        Assert.Equal([null, 1.0, null], CurveCharts.Draw("loss", [series], [run], new(0, "step", true)).Series[0].Y);
        Assert.Equal(2, CurveCharts.Draw("loss", [series], [run], new(0.5, "step", false)).Series.Count);
    }

    [Fact]
    public void A_group_is_a_filter_of_its_own() =>
        Assert.Equal("metrics.a > 1 AND params.`m x` = 'it''s'", RunSets.Within("metrics.a > 1", "params.m x", "it's"));
}
