using Dowel.Client.Monitoring;
using Dowel.Web.Pages.Endpoints;

namespace Dowel.Web.Tests;

public sealed class TrafficTests
{
    private static readonly DateTimeOffset t0 = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Time_without_requests_is_zero_traffic_and_a_gap_of_everything_else()
    {
        var traffic = new EndpointTraffic
        {
            From = t0, To = t0.AddMinutes(4), StepSeconds = 60,
            Buckets = [new(t0, new TrafficFigures { Requests = 10, Errors = 1, P50Ms = 2, P95Ms = 5, P99Ms = 9 }), new(t0.AddMinutes(3), new TrafficFigures { Requests = 4 })],
        };
        var charts = TrafficChartModel.Of(traffic);
        Assert.Equal([9.0, 0, 0, 4], charts.Requests.Series[0].Y);
        Assert.Equal([1.0, 0, 0, 0], charts.Requests.Series[1].Y);
        Assert.Equal([0.9, null, null, 1], charts.Success.Series[0].Y);
        Assert.Equal(["p50", "p95", "p99"], charts.Latency.Series.Select(s => s.Name));
        Assert.Equal([9.0, null, null, 0], charts.Latency.Series[2].Y);
        Assert.Equal(4, charts.Latency.Series[0].X.Count);
    }

    [Fact]
    public void Buckets_on_another_grid_are_kept()
    {
        var traffic = new EndpointTraffic
        {
            From = t0.AddSeconds(7), To = t0.AddMinutes(2).AddSeconds(7), StepSeconds = 60,
            Buckets = [new(t0.AddMinutes(1), new TrafficFigures { Requests = 3 }), new(t0.AddMinutes(2), new TrafficFigures { Requests = 5 })],
        };
        Assert.Equal(8, TrafficChartModel.Of(traffic).Requests.Series[0].Y.Sum());
    }

    [Fact]
    public void No_traffic_draws_nothing_and_a_step_of_zero_does_not_hang()
    {
        Assert.Empty(TrafficChartModel.Of(new EndpointTraffic { From = t0, To = t0.AddHours(1), StepSeconds = 60 }).Requests.Series[0].Y);
        Assert.Single(TrafficChartModel.Of(new EndpointTraffic { From = t0, To = t0.AddHours(1), Buckets = [new(t0, new TrafficFigures { Requests = 1 })] }).Requests.Series[0].Y);
        Assert.Single(TrafficChartModel.Of(new EndpointTraffic { From = t0, To = t0.AddYears(9), StepSeconds = 0.001, Buckets = [new(t0, new TrafficFigures { Requests = 1 })] }).Requests.Series[0].Y);
    }

    [Fact]
    public void The_log_is_cut_in_the_middle_of_its_requests()
    {
        var traffic = new EndpointTraffic
        {
            From = t0, To = t0.AddHours(1), StepSeconds = 60, Total = new TrafficFigures { Requests = 100 },
            Buckets = [new(t0, new TrafficFigures { Requests = 60 }), new(t0.AddMinutes(5), new TrafficFigures { Requests = 40 })],
        };
        var (reference, current) = SuggestedWindows.Of(null, traffic);
        Assert.Equal(t0.AddMinutes(1), reference.To);
        Assert.Equal(reference.To, current.From);
    }

    [Fact]
    public void The_windows_of_the_last_report_come_first()
    {
        var last = new DriftReport { Reference = new Window(t0, t0.AddHours(1)), Current = new Window(t0.AddHours(1)) };
        Assert.Equal((last.Reference, last.Current), SuggestedWindows.Of(last, null));
        Assert.Equal((new Window(), new Window()), SuggestedWindows.Of(null, null));
    }

    [Fact]
    public void Windows_are_read_as_they_are_written()
    {
        Assert.True(DriftWindows.TryRead(DriftWindows.Write(t0), out var at));
        Assert.Equal(t0, at);
        Assert.True(DriftWindows.TryRead("", out at));
        Assert.Null(at);
        Assert.True(DriftWindows.TryRead("2026-01-01T12:00", out at));
        Assert.False(DriftWindows.TryRead("tomorrow", out _));
    }

    [Fact]
    public void Says_what_is_wrong_with_windows()
    {
        var now = t0.AddDays(1);
        Assert.Null(DriftWindows.Wrong(new Window(null, t0), new Window(t0, null), now));
        Assert.Contains("reference", DriftWindows.Wrong(new Window(t0.AddHours(1), t0), new Window(t0), now), StringComparison.Ordinal);
        Assert.Contains("current", DriftWindows.Wrong(new Window(null, t0), new Window(now.AddHours(1)), now), StringComparison.Ordinal);
        Assert.NotNull(DriftWindows.Wrong(new Window(), new Window(), now));
    }
}
