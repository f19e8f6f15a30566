using System.Diagnostics.Metrics;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Observability.Log;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

public sealed class RoomTests
{
    [Theory]
    [InlineData("Observability:RetentionDays", "-1")]
    [InlineData("Observability:RetentionDays", "never")]
    [InlineData("Observability:DriftRows", "10")]
    [InlineData("Observability:QueriesAtOnce", "0")]
    [InlineData("Observability:RetentionDay", "1")]
    public async Task A_wrong_setting_stops_the_start(string key, string value)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => RoomHost.StartAsync(Engine.Sqlite, [new ObservabilityRoom()], new Dictionary<string, string?> { [key] = value }, null));
        Assert.True(fault is OptionsValidationException or InvalidOperationException, fault.ToString());
    }

    [Fact]
    public async Task Old_segments_are_removed_when_that_is_wanted()
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new ObservabilityRoom()], new Dictionary<string, string?> { ["Observability:RetentionDays"] = "30" }, null);
        var endpoint = await host.EndpointAsync("admin", "e");
        host.Sink().Append(Record(endpoint, 1));
        await host.Services.GetRequiredService<PredictionLog>().Records.CompactAsync();
        var file = Assert.Single(Directory.GetFiles(Path.Combine(host.DataDir, "observability", "predictions"), "*.parquet"));
        host.Sink().Append(Record(endpoint, 2));
        var retention = host.Services.GetRequiredService<Retention>();
        Assert.Equal(0, await retention.ApplyAsync());
        File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-31));
        Assert.Equal(1, await retention.ApplyAsync());
        Assert.Equal(2L, Assert.Single((await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions")).Items).Inputs["passenger_id"][0]);
    }

    [Fact]
    public async Task The_log_is_measured()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        var measured = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == ObservabilityMetrics.MeterName && instrument.Meter.Scope == host.Services.GetRequiredService<IMeterFactory>()) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            lock (measured) measured[instrument.Name] = measured.GetValueOrDefault(instrument.Name) + value;
        });
        listener.Start();
        for (var i = 0; i < 5; i++) host.Sink().Append(Record(endpoint, i));
        listener.RecordObservableInstruments();
        Assert.Equal((5, 0), (measured["dowel.prediction_log.records"], measured["dowel.prediction_log.dropped"]));
        Assert.True(measured["dowel.prediction_log.pending_bytes"] > 500);
    }

    [Fact]
    public async Task The_sink_is_the_room_s_whoever_else_offers_one()
    {
        await using var host = await StartAsync();
        Assert.Same(host.Services.GetRequiredService<PredictionLog>(), host.Services.GetRequiredService<IPredictionSink>());
    }
}
