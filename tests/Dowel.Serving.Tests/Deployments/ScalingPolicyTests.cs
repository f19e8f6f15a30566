using Dowel.Contracts;
using Dowel.Serving.Deployments;

namespace Dowel.Serving.Tests.Deployments;

public class ScalingPolicyTests
{
    private readonly List<int> _wanted = [];
    private double _now;
    private double _area;
    private int _ready = 1;

    /// <summary>Lets time pass under a load and follows what is decided.</summary>
    private void Run(ScalingPolicy policy, double underWay, double seconds, double? p95 = null)
    {
        for (var until = _now + seconds; _now < until - 0.001;)
        {
            _now += ScalingPolicy.TickSeconds;
            _area += underWay * ScalingPolicy.TickSeconds;
            _ready = policy.Decide(new LoadSample(_now, _area, (int)underWay, (long)_area), p95, _ready);
            _wanted.Add(_ready);
        }
    }

    [Fact]
    public void A_steady_load_gets_the_replicas_that_bring_each_to_seven_tenths_of_its_target()
    {
        var policy = new ScalingPolicy(new ScalingSettings { Max = 20, TargetConcurrency = 10 });
        Run(policy, 28, 120);
        Assert.Equal(4, _ready);
    }

    [Fact]
    public void A_sudden_crowd_is_met_within_the_panic_window_and_nothing_is_let_go_of_while_it_lasts()
    {
        var policy = new ScalingPolicy(new ScalingSettings { Max = 20, TargetConcurrency = 1 });
        Run(policy, 0.5, 60);
        Assert.Equal(1, _ready);
        Run(policy, 7, 6);
        Assert.Equal(10, _ready);
        _wanted.Clear();
        Run(policy, 0.5, 50);
        Assert.All(_wanted, w => Assert.Equal(10, w));
    }

    [Fact]
    public void When_the_load_is_gone_at_most_half_goes_at_once_down_to_the_minimum()
    {
        var policy = new ScalingPolicy(new ScalingSettings { Min = 2, Max = 16, TargetConcurrency = 1 });
        Run(policy, 10, 120);
        Assert.Equal(15, _ready);
        _wanted.Clear();
        Run(policy, 0, 200);
        Assert.Equal(2, _ready);
        var steps = new[] { 15 }.Concat(_wanted).ToList();
        for (var i = 1; i < steps.Count; i++) Assert.True(steps[i] >= steps[i - 1] / 2, $"from {steps[i - 1]} to {steps[i]}");
    }

    [Fact]
    public void More_than_the_maximum_is_never_wanted()
    {
        var policy = new ScalingPolicy(new ScalingSettings { Max = 3, TargetConcurrency = 1 });
        Run(policy, 1000, 60);
        Assert.Equal(3, _ready);
    }

    [Fact]
    public void Answers_that_are_too_slow_want_more_replicas_also_under_few_requests()
    {
        var policy = new ScalingPolicy(new ScalingSettings { Max = 8, TargetConcurrency = 100, TargetLatencyMs = 50 });
        Run(policy, 1, 4, p95: 75);
        Assert.True(_ready > 1);
        Run(policy, 1, 60, p95: 40);
        Assert.Equal(1, _ready);
    }

    [Fact]
    public void The_meter_tells_the_average_under_way_and_the_slow_ones()
    {
        var clock = new HandClock();
        var meter = new LoadMeter(clock);
        var before = meter.Sample();
        var a = meter.Begin();
        clock.Advance(TimeSpan.FromSeconds(1));
        var b = meter.Begin();
        clock.Advance(TimeSpan.FromSeconds(1));
        meter.End(a);
        clock.Advance(TimeSpan.FromSeconds(2));
        meter.End(b);
        var after = meter.Sample();
        Assert.Equal(4, after.At - before.At, 6);
        // One for a second, two for one, one for two.
        Assert.Equal(5, after.Area - before.Area, 6);
        Assert.Equal(2, after.Requests);
        Assert.Equal(3000, meter.P95(0)!.Value, 1);
        Assert.Null(meter.P95(2));
    }

    private sealed class HandClock : TimeProvider
    {
        private long _ticks;

        public override long GetTimestamp() => _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
