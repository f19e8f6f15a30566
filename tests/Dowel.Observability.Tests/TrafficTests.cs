using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Testing;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

public sealed class TrafficTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Buckets_and_quantiles_are_exact()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        var other = await host.EndpointAsync("admin", "other");
        // Minute 0: latencies 1 to 101 ms; minute 2: one failure of 7 ms.
        for (var i = 0; i < 101; i++)
            host.Sink().Append(Record(endpoint, 0, Start.AddSeconds(i / 2.0).ToMicros()) with { LatencyMicros = (101 - i) * 1000, Caller = i < 60 ? "alice" : "bob" });
        host.Sink().Append(Record(endpoint, 9, Start.AddSeconds(125).ToMicros()) with { LatencyMicros = 7000, Model = "" });
        host.Sink().Append(Record(other, 0, Start.AddSeconds(1).ToMicros()));
        host.Sink().Append(Record(endpoint, 0, Start.AddHours(1).ToMicros()));

        var traffic = await host.AdminClient.GetAsync<EndpointTraffic>($"/api/v1/endpoints/e/traffic?from={Start:yyyy-MM-ddTHH:mm:ssZ}&to={Start.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}");
        Assert.Equal((Start, Start.AddHours(1), 60), (traffic.From, traffic.To, traffic.StepSeconds));
        Assert.Equal([Start, Start.AddMinutes(2)], traffic.Buckets.Select(b => b.At));
        Assert.Equal(new TrafficFigures { Requests = 101, Errors = 0, P50Ms = 51, P95Ms = 96, P99Ms = 100 }, traffic.Buckets[0].Figures);
        Assert.Equal(new TrafficFigures { Requests = 1, Errors = 1, P50Ms = 7, P95Ms = 7, P99Ms = 7 }, traffic.Buckets[1].Figures);
        Assert.Equal((102, 1, 50.5), (traffic.Total.Requests, traffic.Total.Errors, traffic.Total.P50Ms));
        Assert.Equal([new("alice", 61), new("bob", 41)], traffic.Callers);
        Assert.Equal([new("titanic/1", 101)], traffic.Versions);
    }

    [Fact]
    public async Task No_traffic_is_an_answer_too()
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        var traffic = await host.AdminClient.GetAsync<EndpointTraffic>("/api/v1/endpoints/e/traffic");
        Assert.Equal((0, 60), (traffic.Total.Requests, traffic.StepSeconds));
        Assert.Equal(TimeSpan.FromHours(1), traffic.To - traffic.From);
        Assert.Empty(traffic.Buckets);
    }

    [Theory]
    [InlineData("from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:30Z", 1)]
    [InlineData("from=2026-03-01T00:00:00Z&to=2026-03-01T00:05:00Z", 5)]
    [InlineData("from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z", 1800)]
    [InlineData("from=2020-03-01T00:00:00Z&to=2026-03-02T00:00:00Z", 86400)]
    [InlineData("from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z&step=90.5", 90.5)]
    public async Task The_step_fits_the_time(string query, double step)
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        Assert.Equal(step, (await host.AdminClient.GetAsync<EndpointTraffic>($"/api/v1/endpoints/e/traffic?{query}")).StepSeconds);
    }

    [Theory]
    [InlineData("step=0.5", "step")]
    [InlineData("step=86401", "step")]
    [InlineData("step=NaN", "step")]
    [InlineData("from=2020-03-01T00:00:00Z&to=2026-03-02T00:00:00Z&step=1", "step")]
    [InlineData("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "to")]
    public async Task A_time_that_makes_no_sense_is_refused(string query, string field)
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        var problem = await RoomHost.ProblemAsync(await host.AdminClient.GetAsync($"/api/v1/endpoints/e/traffic?{query}"), ErrorCodes.Invalid);
        Assert.Equal(field, Assert.Single(problem.Fields!).Field);
    }
}
