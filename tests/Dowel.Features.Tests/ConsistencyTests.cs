using CsCheck;
using Dowel.Contracts;
using Dowel.Features.Push;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Dowel.Features.Tests.FeaturesTest;

namespace Dowel.Features.Tests;

public sealed class ConsistencyTests
{
    private sealed record Push(long[] Keys, int[] Hours, long?[] Values, int Extra);

    /// <summary>Any sequence of pushes, with merges in between, in any order of event times: what is online is what a point-in-time join at the end of time finds, and what a plain model says.</summary>
    [Fact]
    public async Task Online_is_the_newest_of_offline_whatever_is_pushed()
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new FeaturesRoom()], new Dictionary<string, string?> { ["Features:MergeSegments"] = "3" }, null);
        var http = host.AdminClient;
        var pushes = Gen.Select(Gen.Long[0, 6].Array[1, 8], Gen.Int[0, 4].Array[8], Gen.Long[0, 1000].Nullable().Array[8], Gen.Int[0, 3],
            (keys, hours, values, extra) => new Push(keys, hours, values, extra)).Array[1, 9];
        var round = 0;
        await pushes.SampleAsync(async sequence =>
        {
            var name = $"v{Interlocked.Increment(ref round)}";
            await http.CreateViewAsync(name, Feature("x", "int64"), Feature("s", "string"));
            var model = new Dictionary<long, (int Hour, long? Value)>();
            foreach (var push in sequence)
            {
                await http.PushRowsAsync(name, "id event_timestamp x s", [.. push.Keys.Select((k, i) => new object?[] { k, At(push.Hours[i]), push.Values[i], push.Values[i]?.ToString() })]);
                for (var i = 0; i < push.Keys.Length; i++)
                    if (!model.TryGetValue(push.Keys[i], out var newest) || push.Hours[i] >= newest.Hour) model[push.Keys[i]] = (push.Hours[i], push.Values[i]);
            }
            await host.Services.GetRequiredService<SegmentMerger>().Last;
            object[] keys = [0L, 1L, 2L, 3L, 4L, 5L, 6L];
            var expected = keys.Select(k => model.TryGetValue((long)k, out var n) ? new object?[] { n.Value, n.Value?.ToString() } : [null, null]).ToArray();
            var online = await http.OnlineAsync(name, "id", keys);
            var offline = await http.HistoricalAsync(name, "id event_timestamp", [.. keys.Select(k => new object?[] { k, At(100) })]);
            Assert.Equal(expected, online.Values);
            Assert.Equal(expected, offline.Table.Rows.Select(r => r[2..]));
            Assert.Equal(keys.Select(k => model.ContainsKey((long)k) ? "present" : "not_found"), online.Statuses);
            var view = await http.GetAsync<FeatureView>($"/api/v1/feature-views/{name}");
            Assert.Equal((sequence.Sum(p => (long)p.Keys.Length), (long)model.Count, (long)sequence.Length), (view.Rows, view.OnlineEntities, view.DataVersion));
        }, iter: 25, threads: 1);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Many_small_pushes_are_merged_and_nothing_changes_by_it(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, [new FeaturesRoom()], new Dictionary<string, string?> { ["Features:MergeSegments"] = "4" }, null);
        var http = host.AdminClient;
        var view = await http.CreateViewAsync("v", Feature("x", "int64"));
        for (var i = 0; i < 21; i++)
        {
            if (i == 10) await RoomHost.ReadAsync<FeatureView>(await http.PatchAsync($"/api/v1/feature-views/{view.Id}", System.Net.Http.Json.JsonContent.Create(new PatchFeatureView { AddFeatures = [Feature("y")] }, options: DowelJson.Options)));
            await http.PushRowsAsync("v", "id event_timestamp x", [1L, At(i), (long)i]);
        }
        await host.Services.GetRequiredService<SegmentMerger>().Last;
        var segments = await host.Services.GetRequiredService<OfflineStore>().SegmentsAsync(view.Id, default);
        Assert.True(segments.Count <= 7, $"{segments.Count} segments");
        Assert.Equal(21, segments.Sum(s => s.RowCount));
        var rows = (await http.HistoricalAsync("v", "id event_timestamp", [.. Enumerable.Range(0, 21).Select(i => new object?[] { 1L, At(i + 0.5) })])).Table.Rows;
        Assert.Equal(Enumerable.Range(0, 21).Select(i => (object?)(long)i), rows.Select(r => r[2]));
        Assert.Equal(21, (await http.ValuesAsync("v")).Rows.Count);
    }
}
