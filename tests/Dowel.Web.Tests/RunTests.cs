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
    public void Parallel_coordinates_place_numbers_between_the_ends_and_names_in_order()
    {
        var runs = new[] { Run("a", [("auc", 0.8), ("same", 1)], ("trainer", "forest")), Run("b", [("auc", 0.9), ("same", 1)], ("trainer", "logistic")), Run("c", [("auc", 0.85), ("same", 1)]) };
        var plot = ParallelPlot.Of(runs, [new RunAxis("metrics.auc"), new RunAxis("metrics.same"), new RunAxis("params.trainer"), new RunAxis("metrics.never")]);
        Assert.Equal([0.0, 1.0], plot.Lines.Take(2).Select(l => l.Shares[0]));
        Assert.Equal(0.5, plot.Lines[2].Shares[0]!.Value, 9);
        Assert.All(plot.Lines, l => Assert.Equal(0.5, l.Shares[1]));
        Assert.Equal([0.0, 1.0, null], plot.Lines.Select(l => l.Shares[2]));
        Assert.All(plot.Lines, l => Assert.Null(l.Shares[3]));
        Assert.Equal(["b", "c"], plot.Lines.Where(l => ParallelPlot.Passes(l, plot.Axes, new Dictionary<string, (double, double)> { ["metrics.auc"] = (0.4, 1) })).Select(l => l.Run.Name));
    }

    [Fact]
    public void A_param_that_is_no_number_makes_an_axis_of_names()
    {
        var runs = new[] { Run("a", [("auc", 0.8)], ("trainer", "forest")), Run("b", [("auc", 0.9)], ("trainer", "logistic")), Run("c", [("auc", 0.9)]) };
        var chart = RunCharts.Scatter(runs, new RunAxis("params.trainer"), new RunAxis("metrics.auc"));
        Assert.Equal(AxisKind.Category, chart.XKind);
        Assert.Equal(["forest", "logistic"], chart.Series[0].X);
        Assert.Equal(AxisKind.Number, RunCharts.Scatter([Run("a", [("auc", 0.8)], ("trees", "100"))], new RunAxis("params.trees"), new RunAxis("metrics.auc")).XKind);
    }
}
