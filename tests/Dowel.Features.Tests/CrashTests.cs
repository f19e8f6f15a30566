using Dowel.Contracts;
using Dowel.Features.Push;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Dowel.Features.Tests.FeaturesTest;

namespace Dowel.Features.Tests;

/// <summary>The server dies at each step of a push. An exception out of the step leaves everything as the death of the process would; the restart begins with what is on disk.</summary>
public sealed class CrashTests
{
    private sealed class Crash : Exception;

    public static IEnumerable<TheoryDataRow<Engine, string, bool>> Steps() =>
        from engine in Engines.All()
        from step in new (PushStep Step, bool Kept)[] { (PushStep.Written, false), (PushStep.Announced, false), (PushStep.Stored, true), (PushStep.Online, true), (PushStep.Done, true) }
        select new TheoryDataRow<Engine, string, bool>(engine.Data, step.Step.ToString(), step.Kept) { Skip = engine.Skip };

    [Theory, MemberData(nameof(Steps))]
    public async Task A_push_that_a_crash_cuts_off_is_whole_or_absent_in_both_stores(Engine engine, string step, bool kept)
    {
        await using var host = await RoomHost.StartAsync(engine, new FeaturesRoom());
        var http = host.AdminClient;
        var view = await http.CreateViewAsync("v", Feature("x", "int64"), Feature("s", "string"));
        await http.PushRowsAsync("v", "id event_timestamp x s", [1L, At(0), 1L, "old"], [2L, At(5), 2L, "old"]);

        host.Services.GetRequiredService<PushService>().AfterStep = s =>
        {
            if (s == Enum.Parse<PushStep>(step)) throw new Crash();
        };
        await RoomHost.ProblemAsync(await http.TryPushAsync("v", Table("id event_timestamp x s", [1L, At(1), 10L, "new"], [2L, At(1), 20L, "late"], [3L, At(1), 30L, "new"])), ErrorCodes.Fault);
        await host.RestartAsync();
        await CheckAsync(host.AdminClient, kept, extra: 0);

        // Nothing is done twice by another restart, and pushes go on.
        await host.RestartAsync();
        http = host.AdminClient;
        await CheckAsync(http, kept, extra: 0);
        await http.PushRowsAsync("v", "id event_timestamp x s", [4L, At(0), 40L, "next"]);
        await CheckAsync(http, kept, extra: 1);
        Assert.Empty(host.Leftovers());
        Assert.True((await http.GetAsync<AuditVerification>("/api/v1/audit/verify")).Ok);
    }

    private static async Task CheckAsync(HttpClient http, bool kept, int extra)
    {
        var view = await http.GetAsync<FeatureView>("/api/v1/feature-views/v");
        Assert.Equal((kept ? 5 : 2, kept ? 2 : 1, kept ? 3 : 2), (view.Rows - extra, view.DataVersion - extra, view.OnlineEntities - extra));
        var online = await http.OnlineAsync("v", "id", 1L, 2L, 3L);
        object?[][] expected = kept ? [[10L, "new"], [2L, "old"], [30L, "new"]] : [[1L, "old"], [2L, "old"], [null, null]];
        Assert.Equal(expected, online.Values);
        Assert.Equal(["present", "present", kept ? "present" : "not_found"], online.Statuses);
        var offline = await http.HistoricalAsync("v", "id event_timestamp", [1L, At(9)], [2L, At(9)], [3L, At(9)]);
        Assert.Equal(expected, offline.Table.Rows.Select(r => r[2..]));
        Assert.Equal(2 + (kept ? 3 : 0) + extra, (await http.ValuesAsync("v")).Rows.Count);
    }

    [Theory]
    [InlineData("MANIFEST-*", false)]
    [InlineData("CURRENT", false)]
    [InlineData("*.sst", false)]
    [InlineData("*.sst", true)]
    [InlineData("MANIFEST-*", true)]
    public async Task A_damaged_online_store_is_made_anew_from_the_offline_one(string files, bool gone)
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        await host.AdminClient.CreateViewAsync("v", Feature("x", "int64"), Feature("s", "string"));
        await host.AdminClient.PushRowsAsync("v", "id event_timestamp x s", [.. Enumerable.Range(1, 200).Select(i => new object?[] { (long)i, At(0), (long)i, $"{i}" })]);
        // What was pushed lies in the write-ahead log until the next start.
        await host.RestartAsync();
        var folder = Path.Combine(host.DataDir, "features", "online");
        await host.RestartAsync(() =>
        {
            var damaged = Directory.GetFiles(folder, files);
            Assert.NotEmpty(damaged);
            foreach (var file in damaged)
            {
                if (gone) File.Delete(file);
                else File.WriteAllBytes(file, [.. Enumerable.Repeat((byte)0xA5, (int)new FileInfo(file).Length)]);
            }
        });
        await CheckAllAsync();
        Assert.NotEmpty(Directory.GetDirectories(Path.GetDirectoryName(folder)!, "online-damaged-*"));
        await host.RestartAsync();
        await CheckAllAsync();

        async Task CheckAllAsync()
        {
            var online = await host.AdminClient.OnlineAsync("v", "id", [.. Enumerable.Range(1, 200).Select(i => (object)(long)i)]);
            Assert.Equal(Enumerable.Range(1, 200).Select(i => new object?[] { (long)i, $"{i}" }), online.Values);
        }
    }

    [Theory]
    [InlineData(PushStepName.Stored)]
    [InlineData(PushStepName.Online)]
    [InlineData(PushStepName.Done)]
    public async Task A_push_that_a_failure_cut_off_is_carried_through_by_the_next_without_a_restart(PushStepName step)
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync("v", Feature("x", "int64"));
        var service = host.Services.GetRequiredService<PushService>();
        service.AfterStep = s =>
        {
            if (s.ToString() == step.ToString()) throw new Crash();
        };
        await RoomHost.ProblemAsync(await http.TryPushAsync("v", Table("id event_timestamp x", [1L, At(0), 1L])), ErrorCodes.Fault);
        service.AfterStep = null;
        var next = await http.PushRowsAsync("v", "id event_timestamp x", [2L, At(0), 2L]);

        // Cut off before the stores were touched it is left to the next start; after that, to the next push.
        var carried = step != PushStepName.Stored;
        Assert.Equal(carried ? 2 : 1, next.DataVersion);
        Assert.Equal(carried ? 2 : 1, (await http.ValuesAsync("v")).Rows.Count);
        await host.RestartAsync();
        http = host.AdminClient;
        Assert.Equal([[1L], [2L]], (await http.OnlineAsync("v", "id", 1L, 2L)).Values);
        Assert.Equal(2, (await http.ValuesAsync("v")).Rows.Count);
        Assert.Equal((2L, 2L), await http.GetAsync<FeatureView>("/api/v1/feature-views/v") is var v ? (v.Rows, v.DataVersion) : default);
    }

    public enum PushStepName
    {
        Stored,
        Online,
        Done,
    }

    [Fact]
    public async Task An_online_store_that_was_lost_is_filled_again_from_the_offline_one()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        var view = await http.CreateViewAsync("v", Feature("x", "int64"));
        await http.PushRowsAsync("v", "id event_timestamp x", [1L, At(0), 1L], [2L, At(0), 2L]);
        await RoomHost.ReadAsync<FeatureView>(await http.PatchAsync($"/api/v1/feature-views/{view.Id}", System.Net.Http.Json.JsonContent.Create(new PatchFeatureView { AddFeatures = [Feature("y", "string")] }, options: DowelJson.Options)));
        await http.PushRowsAsync("v", "id event_timestamp x y", [1L, At(1), 11L, "y"]);
        await host.RestartAsync(() => Directory.Delete(Path.Combine(host.DataDir, "features", "online"), recursive: true));
        Assert.Equal([[11L, "y"], [2L, null]], (await host.AdminClient.OnlineAsync("v", "id", 1L, 2L)).Values);
        Assert.Equal(1, (await host.AdminClient.PushRowsAsync("v", "id event_timestamp x", [3L, At(0), 3L])).OnlineUpdated);
        Assert.Equal(3, (await host.AdminClient.GetAsync<FeatureView>("/api/v1/feature-views/v")).OnlineEntities);
    }

    [Fact]
    public async Task Rows_of_a_view_that_is_gone_go_at_the_next_start()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        var kept = await http.CreateViewAsync("kept", Feature("x", "int64"));
        var gone = await http.CreateViewAsync("gone", Feature("x", "int64"));
        foreach (var name in new[] { "kept", "gone" }) await http.PushRowsAsync(name, "id event_timestamp x", [1L, At(0), 1L]);
        var store = host.Services.GetRequiredService<Online.OnlineStore>();
        store.KeepOnly([Views.ViewSchema.PrefixOf(kept.Id)]);
        Assert.Equal("present", (await http.OnlineAsync("kept", "id", 1L)).Statuses[0]);
        Assert.Equal("not_found", (await http.OnlineAsync("gone", "id", 1L)).Statuses[0]);
    }
}
