using System.Net;
using System.Text;
using Dowel.Contracts;
using Dowel.Features.Online;
using Dowel.Features.Push;
using Dowel.Features.Views;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Tensors;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Dowel.Features.Tests.FeaturesTest;

namespace Dowel.Features.Tests;

public sealed class PushTests
{
    private static readonly Feature[] Four = [Feature("b", "boolean"), Feature("i", "int64"), Feature("f"), Feature("s", "string")];

    [Fact]
    public async Task Values_keep_their_type_and_precision_from_json()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync("v", Four);
        object?[][] rows =
        [
            [long.MinValue, At(0), true, long.MaxValue, 0.1, "ключ \"x\"\n"],
            [0L, At(0), false, long.MinValue, double.MaxValue, ""],
            [1L, At(0), 1L, 3.0, 5L, "007"],
            [2L, At(0), null, null, null, null],
            [3L, At(0), 0L, -9007199254740992.0, "NaN", "NaN"],
            [long.MaxValue, At(0), true, 1L, "-Infinity", "null"],
        ];
        Assert.Equal(6, (await http.PushRowsAsync("v", "id event_timestamp b i f s", rows)).OnlineUpdated);
        object?[][] expected =
        [
            [true, long.MaxValue, 0.1, "ключ \"x\"\n"],
            [false, long.MinValue, double.MaxValue, ""],
            [true, 3L, 5L, "007"],
            [null, null, null, null],
            [false, -9007199254740992L, "NaN", "NaN"],
            [true, 1L, "-Infinity", "null"],
        ];
        var keys = rows.Select(r => r[0]!).ToArray();
        Assert.Equal(expected, (await http.OnlineAsync("v", "id", keys)).Values);
        Assert.Equal(expected, (await http.HistoricalAsync("v", "id event_timestamp", [.. keys.Select(k => new object?[] { k, At(1) })])).Table.Rows.Select(r => r[2..]));
        var values = await http.ValuesAsync("v");
        Assert.Equal(["id", "event_timestamp", "b", "i", "f", "s"], values.Columns.Select(c => c.Name));
        Assert.Equal(expected, keys.Select(k => values.Rows.Single(r => r[0]!.Equals(k))[2..]));
        Assert.Equal("2026-01-01T00:00:00Z", values.Rows[0][1]);
    }

    [Fact]
    public async Task Values_keep_their_type_and_precision_from_csv()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync("v", Four);
        var pushed = await http.PushCsvAsync("v", "\uFEFFs;id;f;i;b;event_timestamp\r\n007;1;1e300;3.0;True;2026-01-01T01:00:00+01:00\r\n\r\n\"a \"\"q\"\";\r\nb\";2;nan;;FALSE;2026-01-01 00:00:00.123456789Z\r\n\"\";3;;-5;1;2026-01-01\r\n;4;-inf;;;2026-01-01 00:00:00+00");
        Assert.Equal(4, pushed.Rows);
        var online = await http.OnlineAsync("v:s v:f v:i v:b", "id", 1L, 2L, 3L, 4L);
        Assert.Equal([["007", 1e300, 3L, true], ["a \"q\";\r\nb", "NaN", null, false], ["", null, -5L, true], [null, "-Infinity", null, null]], online.Values);
        Assert.Equal([T0, T0.AddTicks(1234560), T0, T0], online.EventTimestamps);
    }

    [Fact]
    public async Task Rows_that_do_not_fit_are_refused_by_name_and_nothing_is_kept()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync("v", Four);
        var t = At(0);
        foreach (var (table, says) in new[]
        {
            (Table("id event_timestamp x y", [1L, t, 1L, 1L]), "'x', 'y'"),
            (Table("id event_timestamp I", [1L, t, 1L]), "'I'"),
            (Table("id i", [1L, 1L]), "'event_timestamp'"),
            (Table("event_timestamp i", [t, 1L]), "'id'"),
            (Table("id id event_timestamp", [1L, 1L, t]), "twice"),
            (Table("id event_timestamp i", [1L, t, 1L], [1L, t]), "Row 1"),
            (Table("id event_timestamp i", [1L, t, 1L], [null, t, 1L]), "Row 1, column 'id'"),
            (Table("id event_timestamp i", [1.5, t, 1L]), "column 'id'"),
            (Table("id event_timestamp i", ["1", t, 1L]), "column 'id'"),
            (Table("id event_timestamp i", [1L, null, 1L]), "column 'event_timestamp'"),
            (Table("id event_timestamp i", [1L, 1767225600L, 1L]), "column 'event_timestamp'"),
            (Table("id event_timestamp i", [1L, "01/02/2026", 1L]), "column 'event_timestamp'"),
            (Table("id event_timestamp i", [1L, "2026-02-30T00:00:00Z", 1L]), "column 'event_timestamp'"),
            (Table("id event_timestamp i", [1L, t, 1.5]), "column 'i'"),
            (Table("id event_timestamp i", [1L, t, 1e19]), "column 'i'"),
            (Table("id event_timestamp i", [1L, t, "1"]), "column 'i'"),
            (Table("id event_timestamp i", [1L, t, true]), "column 'i'"),
            (Table("id event_timestamp f", [1L, t, 9007199254740993L]), "column 'f'"),
            (Table("id event_timestamp f", [1L, t, "x"]), "column 'f'"),
            (Table("id event_timestamp b", [1L, t, 2L]), "column 'b'"),
            (Table("id event_timestamp s", [1L, t, 2L]), "column 's'"),
            (Table("id event_timestamp s", [1L, t, new object?[] { "x" }]), "column 's'"),
            (Table("id event_timestamp s", [1L, t, "a\0b"]), "column 's'"),
        })
            Assert.Contains(says, (await RoomHost.ProblemAsync(await http.TryPushAsync("v", table), ErrorCodes.SchemaMismatch)).Detail);

        foreach (var csv in new[] { "id,event_timestamp,nope\n1,2026-01-01,1\n", "id,event_timestamp,i\n,2026-01-01,1\n", "id,event_timestamp,i\n1,,1\n", "id,event_timestamp,i\n1,2026-01-01,x\n", "id,event_timestamp,b\n1,2026-01-01,maybe\n", "id,event_timestamp,event_timestamp\n1,2026-01-01,2026-01-01\n" })
            await RoomHost.ProblemAsync(await http.TryPushCsvAsync("v", csv), ErrorCodes.SchemaMismatch);
        byte[][] malformed =
        [
            [], "id,event_timestamp\n1,2026-01-01\n2\n"u8.ToArray(), "id,event_timestamp\n1,2026-01-01,3\n"u8.ToArray(), "id,event_timestamp,s\n1,2026-01-01,\"x\n"u8.ToArray(),
            "id,event_timestamp,s\n1,2026-01-01,\"x\"y\n"u8.ToArray(), "id,event_timestamp,s\n1,2026-01-01,\0\n"u8.ToArray(), [.. "id,event_timestamp,s\n1,2026-01-01,"u8, 0xE9, 10],
            [.. "id,event_timestamp,s\n1,2026-01-01,"u8, .. Enumerable.Repeat((byte)'x', 2_000_000), 10],
        ];
        foreach (var csv in malformed) await RoomHost.ProblemAsync(await http.TryPushCsvAsync("v", csv), ErrorCodes.Malformed);
        await RoomHost.ProblemAsync(await http.TryPushCsvAsync("v", "id,event_timestamp\n"), ErrorCodes.Invalid);
        await RoomHost.ProblemAsync(await http.TryPushAsync("v", Table("id event_timestamp")), ErrorCodes.Invalid);
        foreach (var json in new[] { "", "{", "null", "[]", "{\"columns\": 3}", "{\"columns\": [], \"columns\": []}" })
            Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("/api/v1/feature-views/v/push", new StringContent(json, Encoding.UTF8, "application/json"))).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await http.PostAsync("/api/v1/feature-views/v/push", new StringContent("x", Encoding.UTF8, "text/plain"))).StatusCode);

        var view = await http.GetAsync<FeatureView>("/api/v1/feature-views/v");
        Assert.Equal((0L, 0L, 0L), (view.Rows, view.DataVersion, view.OnlineEntities));
        Assert.Equal("not_found", (await http.OnlineAsync("v", "id", 1L)).Statuses[0]);
        Assert.Empty(host.Leftovers());
    }

    [Fact]
    public async Task Too_much_is_refused()
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new FeaturesRoom()],
            new Dictionary<string, string?> { ["Dowel:MaxBodyBytes"] = "20000", ["Features:MaxPushRows"] = "100", ["Features:MaxPushBytes"] = "50000", ["Features:MaxPushValues"] = "10000" }, null);
        var http = host.AdminClient;
        await http.CreateViewAsync("v", Four);
        string Csv(int rows, int padding = 0) => "id,event_timestamp,s\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{i},2026-01-01,{new string('x', padding)}\n"));
        await RoomHost.ProblemAsync(await http.TryPushCsvAsync("v", Csv(101)), ErrorCodes.TooLarge);
        await RoomHost.ProblemAsync(await http.TryPushCsvAsync("v", Csv(60, 1000)), ErrorCodes.TooLarge);
        await RoomHost.ProblemAsync(await http.TryPushAsync("v", Table("id event_timestamp s", [1L, At(0), new string('x', 21_000)])), ErrorCodes.TooLarge);
        await RoomHost.ProblemAsync(await http.TryPushAsync("v", Table("id event_timestamp", [.. Enumerable.Range(0, 101).Select(i => new object?[] { (long)i, At(0) })])), ErrorCodes.TooLarge);
        Assert.Equal(100, (await http.PushCsvAsync("v", Csv(100))).Rows);
        // Many features make few rows large.
        await http.CreateViewAsync("wide", [.. Enumerable.Range(0, 200).Select(i => Feature($"f{i}"))]);
        Assert.Contains("50 rows", (await RoomHost.ProblemAsync(await http.TryPushCsvAsync("wide", "id,event_timestamp,f1\n" + string.Concat(Enumerable.Repeat("1,2026-01-01,1\n", 51))), ErrorCodes.TooLarge)).Detail);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Pushes_at_the_same_time_all_count_and_both_stores_agree(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync("v", Feature("x", "int64"));
        var results = await Task.WhenAll(Enumerable.Range(0, 24).Select(p => http.PushRowsAsync("v", "id event_timestamp x", [.. Enumerable.Range(0, 20).Select(i => new object?[] { (long)(i % 10), At(p % 3), (long)((p * 100) + i) })])));
        Assert.Equal(Enumerable.Range(1, 24).Select(i => (long)i), results.Select(r => r.DataVersion).Order());
        var view = await http.GetAsync<FeatureView>("/api/v1/feature-views/v");
        Assert.Equal((480L, 10L, 24L), (view.Rows, view.OnlineEntities, view.DataVersion));
        var keys = Enumerable.Range(0, 10).Select(i => (object)(long)i).ToArray();
        var online = (await http.OnlineAsync("v", "id", keys)).Values.Select(v => v[0]);
        var offline = (await http.HistoricalAsync("v", "id event_timestamp", [.. keys.Select(k => new object?[] { k, At(99) })])).Table.Rows.Select(r => r[2]);
        Assert.Equal(offline, online);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_view_that_is_deleted_while_it_is_pushed_to_and_read_leaves_nothing(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new FeaturesRoom());
        var http = host.AdminClient;
        var view = await http.CreateViewAsync("v", Feature("x", "int64"));
        await http.PushRowsAsync("v", "id event_timestamp x", [1L, At(0), 1L]);
        var plan = (await host.Services.GetRequiredService<IFeatureReader>().PlanAsync(Actor.System, "v", null, default)).Value;
        var busy = Enumerable.Range(0, 40).Select(async i =>
        {
            await Task.Delay(i);
            var read = await plan.ReadAsync(Tensor.Of("id", new[] { 1L }), MissingFeaturesPolicy.Defaults, default);
            Assert.True(read.IsOk || read.Failure!.Code == ErrorCodes.NotFound);
            return i % 2 == 0
                ? await http.TryPushAsync(view.Id, Table("id event_timestamp x", [(long)i, At(0), 1L]))
                : await http.PostJsonAsync("/api/v1/features/historical", new HistoricalFeaturesRequest { Features = [view.Id], EntityRows = Table("id event_timestamp", [1L, At(1)]) });
        }).ToList();
        await Task.Delay(100);
        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync($"/api/v1/feature-views/{view.Id}")).StatusCode);
        Assert.All(await Task.WhenAll(busy), r => Assert.True(r.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, r.StatusCode.ToString()));

        var left = await host.Services.GetRequiredService<IDb>().ReadAsync(s => s.ScalarAsync<long>("SELECT (SELECT COUNT(*) FROM features_pushes) + (SELECT COUNT(*) FROM features_segments) + (SELECT COUNT(*) FROM features_views)"));
        Assert.Equal(0, left);
        Assert.Equal(0, host.Services.GetRequiredService<OnlineStore>().Apply(new RowBatch(ViewSchema.Of(view.Id, view.Entity, view.TimestampField, null, true, view.Features))).Entities);
        Assert.Empty(host.Leftovers());
    }

    [Fact]
    public async Task A_large_push_goes_through()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync("v", Feature("x"), Feature("s", "string"));
        var csv = new StringBuilder("id,event_timestamp,x,s\n");
        for (var i = 0; i < 200_000; i++) csv.Append(i).Append(",2026-01-01T00:00:00Z,").Append(i).Append(".5,text ").Append(i).Append('\n');
        var pushed = await http.PushCsvAsync("v", csv.ToString());
        Assert.Equal((200_000L, 200_000L), (pushed.Rows, pushed.OnlineUpdated));
        Assert.Equal([199_999.5, "text 199999"], (await http.OnlineAsync("v", "id", 199_999L)).Values[0]);
    }
}
