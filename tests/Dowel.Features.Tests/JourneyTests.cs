using System.Net;
using System.Net.Http.Json;
using System.Text;
using Dowel.Contracts;
using Dowel.Testing;
using static Dowel.Features.Tests.FeaturesTest;

namespace Dowel.Features.Tests;

public sealed class JourneyTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Features_of_the_titanic_are_pushed_by_one_and_read_by_another(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new FeaturesRoom());
        var alice = await host.CreateUserAsync("alice");
        var bob = await host.CreateUserAsync("bob");
        var view = await alice.CreateViewAsync(new CreateFeatureView
        {
            Name = "passenger_features",
            Description = "What is known of a passenger.",
            Entity = new("passenger_id", "int64"),
            Features = [Feature("name", "string"), Feature("sex", "string"), Feature("age"), Feature("passenger_class", "string"), Feature("survived", "boolean")],
            State = FeatureState.Active,
        });
        Assert.Equal((FeatureState.Active, true, 0L, "event_timestamp"), (view.State, view.Online, view.Rows, view.TimestampField));

        var lines = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "titanic.csv"));
        var csv = string.Join("\n", lines.Select((l, i) => l + (i == 0 ? ",event_timestamp" : ",1912-04-10T12:00:00Z")));
        var pushed = await alice.PushCsvAsync("passenger_features", csv);
        Assert.Equal((1309L, 1309L, 1L), (pushed.Rows, pushed.OnlineUpdated, pushed.DataVersion));
        view = await alice.GetAsync<FeatureView>("/api/v1/feature-views/passenger_features");
        Assert.Equal((1309L, 1309L, 1L), (view.Rows, view.OnlineEntities, view.DataVersion));
        Assert.NotNull(view.LastPushAt);

        await RoomHost.ProblemAsync(await bob.PostJsonAsync("/api/v1/features/online", new OnlineFeaturesRequest { Features = ["passenger_features"] }), ErrorCodes.Forbidden);
        await RoomHost.ReadAsync<Sharing>(await alice.PutAsJsonAsync($"/api/v1/resources/{view.Id}/sharing", new Sharing { Visibility = Visibility.Shared, People = [new("bob", Permission.Use)] }, DowelJson.Options));

        var training = await bob.HistoricalAsync("passenger_features:age passenger_features:sex", "passenger_id event_timestamp label",
            [1L, "1912-04-15T00:00:00Z", "a"], [2L, "1912-04-15T00:00:00Z", "b"], [1L, "1912-04-01T00:00:00Z", "too early"], [9999L, "1912-04-15T00:00:00Z", null]);
        Assert.Equal(["passenger_id", "event_timestamp", "label", "age", "sex"], training.Table.Columns.Select(c => c.Name));
        Assert.Equal([$"{view.Project}.passenger_features@1"], training.Sources);
        Assert.Equal(
            [[1L, "1912-04-15T00:00:00Z", "a", 29L, "female"], [2L, "1912-04-15T00:00:00Z", "b", 0.9167, "male"], [1L, "1912-04-01T00:00:00Z", "too early", null, null], [9999L, "1912-04-15T00:00:00Z", null, null, null]],
            training.Table.Rows);

        var online = await bob.OnlineAsync("passenger_features", "passenger_id", 1L, 16L, 9999L);
        Assert.Equal(["name", "sex", "age", "passenger_class", "survived"], online.Features);
        Assert.Equal(["present", "present", "not_found"], online.Statuses);
        Assert.Equal(["Allen, Miss. Elisabeth Walton", "female", 29L, "1st", true], online.Values[0]);
        Assert.Null(online.Values[1][2]);
        Assert.All(online.Values[2], Assert.Null);
        Assert.Equal([new(1912, 4, 10, 12, 0, 0, TimeSpan.Zero), new DateTimeOffset(1912, 4, 10, 12, 0, 0, TimeSpan.Zero), null], online.EventTimestamps);

        Assert.Equal(5, (await bob.ValuesAsync("passenger_features", 5)).Rows.Count);
        await RoomHost.ProblemAsync(await bob.TryPushCsvAsync("passenger_features", csv), ErrorCodes.Forbidden);
        Assert.Empty(await bob.GetAsync<LineageEdge[]>($"/api/v1/resources/{view.Id}/lineage"));
        var trail = (await host.AdminClient.GetAsync<Page<AuditRecord>>("/api/v1/audit?action=feature_view.push&outcome=ok")).Items;
        Assert.Equal("alice", Assert.Single(trail).Actor);
        Assert.Empty(host.Leftovers());

        // All of it is still there after a restart.
        await host.RestartAsync();
        Assert.Equal(online.Values[0], (await host.HttpFor("bob").OnlineAsync("passenger_features", "passenger_id", 1L)).Values[0]);
        Assert.Equal(1309L, (await host.HttpFor("bob").GetAsync<FeatureView>("/api/v1/feature-views/passenger_features")).Rows);
    }

    [Fact]
    public async Task The_latest_row_at_or_before_a_time_counts_and_ttl_ends_it()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync(new CreateFeatureView { Name = "v", Entity = new("id", "string"), Features = [Feature("x", "int64")], TtlSeconds = 3600 });
        await http.PushRowsAsync("v", "id event_timestamp x", ["a", At(0), 1L], ["a", At(2), 3L], ["a", At(1), 2L]);
        await http.PushRowsAsync("v", "x id event_timestamp", [20L, "a", At(1)]);

        var rows = (await http.HistoricalAsync("v", "event_timestamp id", [At(-0.1), "a"], [At(0), "a"], [At(0.5), "a"], [At(1), "a"], [At(1.99), "a"], [At(2), "a"], [At(3), "a"], [At(3.01), "a"])).Table.Rows;
        Assert.Equal([null, 1L, 1L, 20L, 20L, 3L, 3L, null], rows.Select(r => r[2]));

        var online = await http.OnlineAsync("v", "id", "a");
        Assert.Equal(("expired", (DateTimeOffset?)T0.AddHours(2)), (online.Statuses[0], online.EventTimestamps[0]));
        Assert.Null(online.Values[0][0]);
        await http.PushRowsAsync("v", "id event_timestamp x", ["a", TimeProvider.System.GetUtcNow().ToString("O"), 9L]);
        Assert.Equal(("present", (object?)9L), ((await http.OnlineAsync("v", "id", "a")).Statuses[0], (await http.OnlineAsync("v", "id", "a")).Values[0][0]));
        Assert.Equal([9L, 3L, 20L, 2L, 1L], (await http.ValuesAsync("v")).Rows.Select(r => r[2]));
    }

    [Fact]
    public async Task Several_views_are_read_together_and_equal_names_are_told_apart()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync(new CreateFeatureView { Name = "people", Entity = new("person", "int64"), Features = [Feature("score"), Feature("age", "int64")] });
        await http.CreateViewAsync(new CreateFeatureView { Name = "shops", Entity = new("shop", "string"), Features = [Feature("score"), Feature("city", "string")] });
        await http.PushRowsAsync("people", "person event_timestamp score age", [1L, At(0), 0.5, 30L]);
        await http.PushRowsAsync("shops", "shop event_timestamp score city", ["s", At(1), 0.25, "Bern"]);

        var joined = await http.HistoricalAsync("people shops:score shops:city people:age", "person shop event_timestamp city", [1L, "s", At(2), "mine"]);
        Assert.Equal(["person", "shop", "event_timestamp", "city", "people__score", "age", "shops__score", "shops__city"], joined.Table.Columns.Select(c => c.Name));
        Assert.Equal([1L, "s", At(2), "mine", 0.5, 30L, 0.25, "Bern"], joined.Table.Rows[0]);
        Assert.Equal(2, joined.Sources.Count);

        var online = await http.PostAsync<OnlineFeatures>("/api/v1/features/online", new OnlineFeaturesRequest
        {
            Features = ["shops", "people:age"],
            Entities = new Dictionary<string, IReadOnlyList<object>> { ["person"] = [1L, 1L], ["shop"] = ["s", "none"] },
        });
        Assert.Equal(["score", "city", "age"], online.Features);
        Assert.Equal([[0.25, "Bern", 30L], [null, null, 30L]], online.Values);
        Assert.Equal(["present", "not_found"], online.Statuses);
        Assert.Equal(T0, online.EventTimestamps[0]);

        foreach (var (features, entities, field) in new[]
        {
            (new[] { "people" }, new Dictionary<string, IReadOnlyList<object>>(), "entities.person"),
            (["people"], new() { ["person"] = ["one"] }, "entities.person[0]"),
            (["people"], new() { ["person"] = [] }, "entities.person"),
            (["people", "shops"], new() { ["person"] = [1L, 2L], ["shop"] = ["s"] }, "entities.shop"),
            (["people:nothing"], new() { ["person"] = [1L] }, "features[0]"),
            ([], new() { ["person"] = [1L] }, "features"),
        })
            Assert.Equal(field, (await RoomHost.ProblemAsync(await http.PostJsonAsync("/api/v1/features/online", new OnlineFeaturesRequest { Features = features, Entities = entities }), ErrorCodes.Invalid)).Fields![0].Field);
        await RoomHost.ProblemAsync(await http.PostJsonAsync("/api/v1/features/online", new OnlineFeaturesRequest { Features = ["nobody"] }), ErrorCodes.NotFound);
        foreach (var columns in new[] { "shop event_timestamp", "person shop", "person shop event_timestamp person" })
            await RoomHost.ProblemAsync(await http.PostJsonAsync("/api/v1/features/historical", new HistoricalFeaturesRequest { Features = ["people"], EntityRows = Table(columns, new object?[columns.Split(' ').Length]) }), ErrorCodes.Invalid);
        foreach (var row in new object?[][] { [1L, "s", "yesterday"], [1L, "s", null], ["x", "s", At(0)], [1L, "s"] })
            await RoomHost.ProblemAsync(await http.PostJsonAsync("/api/v1/features/historical", new HistoricalFeaturesRequest { Features = ["people"], EntityRows = Table("person shop event_timestamp", row) }), ErrorCodes.Invalid);
        // A row without a key has no features; it is kept.
        Assert.Equal([null, "s", At(0), null, null], (await http.HistoricalAsync("people", "person shop event_timestamp", [null, "s", At(0)])).Table.Rows[0]);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_view_is_renamed_grown_deprecated_and_deleted(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new FeaturesRoom());
        var http = host.AdminClient;
        var view = await http.CreateViewAsync("v", Feature("a", "int64"));
        await http.PushRowsAsync("v", "id event_timestamp a", [1L, At(0), 10L]);
        async Task<HttpResponseMessage> Patch(string json, string? ifMatch = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/feature-views/{view.Id}") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
            if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            return await http.SendAsync(request);
        }

        await RoomHost.ProblemAsync(await Patch("""{"state": "active"}""", "\"99\""), ErrorCodes.Stale);
        Assert.Equal(FeatureState.Draft, (await http.GetAsync<FeatureView>("/api/v1/feature-views/v")).State);
        var active = await RoomHost.ReadAsync<FeatureView>(await Patch("""{"state": "active", "addFeatures": [{"name": "b", "type": "string", "default": "?"}]}""", "\"1\""));
        Assert.Equal((FeatureState.Active, 2L), (active.State, active.Revision));
        Assert.Equal(["a", "b"], active.Features.Select(f => f.Name));
        await RoomHost.ProblemAsync(await Patch("""{"state": "draft"}"""), ErrorCodes.Conflict);
        await RoomHost.ProblemAsync(await Patch("""{"addFeatures": [{"name": "A", "type": "string"}]}"""), ErrorCodes.Invalid);

        // Rows of before read null for the new feature, in every way to read them.
        Assert.Equal([1L, 10L, null], (await http.ValuesAsync("v")).Rows[0].Where((_, i) => i != 1));
        Assert.Equal([10L, null], (await http.OnlineAsync("v", "id", 1L)).Values[0]);
        Assert.Equal([10L, null], (await http.HistoricalAsync("v", "id event_timestamp", [1L, At(1)])).Table.Rows[0][2..]);
        await http.PushRowsAsync("v", "id event_timestamp b", [1L, At(2), "new"]);
        Assert.Equal([null, "new"], (await http.OnlineAsync("v", "id", 1L)).Values[0]);
        Assert.Equal([[10L, null], [null, "new"]], (await http.HistoricalAsync("v", "id event_timestamp", [1L, At(1)], [1L, At(3)])).Table.Rows.Select(r => r[2..]));

        Assert.Equal("w", (await RoomHost.ReadAsync<FeatureView>(await Patch("""{"name": "w", "state": "deprecated"}"""))).Name);
        await RoomHost.ProblemAsync(await Patch("""{"name": "w:x"}"""), ErrorCodes.Invalid);
        await RoomHost.ProblemAsync(await Patch("""{"addFeatures": [{"name": "c"}]}"""), ErrorCodes.Conflict);
        Assert.Equal("present", (await http.OnlineAsync("w:b", "id", 1L)).Statuses[0]);

        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync("/api/v1/feature-views/w")).StatusCode);
        foreach (var path in new[] { "", "/values" }) await RoomHost.ProblemAsync(await http.GetAsync($"/api/v1/feature-views/{view.Id}{path}"), ErrorCodes.NotFound);
        await RoomHost.ProblemAsync(await http.TryPushAsync(view.Id, Table("id event_timestamp", [1L, At(0)])), ErrorCodes.NotFound);
        await http.CreateViewAsync("w", Feature("a", "int64"));
        Assert.Equal("not_found", (await http.OnlineAsync("w", "id", 1L)).Statuses[0]);
        Assert.Empty((await http.ValuesAsync("w")).Rows);
        Assert.Null((await http.HistoricalAsync("w", "id event_timestamp", [1L, At(5)])).Table.Rows[0][2]);
    }

    [Fact]
    public async Task A_view_says_what_its_rows_are_made_of()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        // Without the catalog a view stands in for a dataset.
        var source = await http.CreateViewAsync("raw", Feature("x"));
        var spec = new CreateFeatureView { Name = "v", Entity = new("id", "int64"), Features = [Feature("x")], Sources = [$"features:{source.Id}@3", "dataset:nowhere"] };
        var view = await http.CreateViewAsync(spec);
        var edge = Assert.Single(await EdgesAsync());
        Assert.Equal(("raw", "3", "feeds", "v"), (edge.From.Name, edge.From.Version, edge.Relation, edge.To.Name));
        await RoomHost.ReadAsync<FeatureView>(await http.PatchAsJsonAsync("/api/v1/feature-views/v", new PatchFeatureView { Sources = [] }, DowelJson.Options));
        Assert.Empty(await EdgesAsync());
        await RoomHost.ProblemAsync(await http.PostJsonAsync("/api/v1/feature-views", spec with { Name = "w", Sources = ["titanic"] }), ErrorCodes.Invalid);

        Task<LineageEdge[]> EdgesAsync() => http.GetAsync<LineageEdge[]>($"/api/v1/resources/{view.Id}/lineage");
    }

    [Fact]
    public async Task A_row_of_the_far_future_is_refused()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync("v", Feature("x"));
        var now = TimeProvider.System.GetUtcNow();
        var refused = await RoomHost.ProblemAsync(await http.TryPushAsync("v", Table("id event_timestamp x", [1L, At(0), 1.0], [2L, "9999-12-31T23:59:59Z", 2.0])), ErrorCodes.SchemaMismatch);
        Assert.Equal(("rows[1].event_timestamp", "9999-12-31T23:59:59Z"), (refused.Fields![0].Field, refused.Fields[0].Given));
        await RoomHost.ProblemAsync(await http.TryPushAsync("v", Table("id event_timestamp x", [1L, now.AddHours(25).ToString("O"), 1.0])), ErrorCodes.SchemaMismatch);
        await http.PushRowsAsync("v", "id event_timestamp x", [1L, now.AddHours(23).ToString("O"), 1.0]);
    }

    [Fact]
    public async Task A_view_must_make_sense()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        var good = new CreateFeatureView { Name = "good", Entity = new("id", "int64"), Features = [Feature("x")] };
        foreach (var (view, field) in new[]
        {
            (good with { Features = [] }, "features"),
            (good with { Features = [Feature("x"), Feature("X")] }, "features[1].name"),
            (good with { Features = [Feature("event_timestamp")] }, "features[0].name"),
            (good with { Features = [Feature("id")] }, "features[0].name"),
            (good with { Features = [Feature("a b")] }, "features[0].name"),
            (good with { Features = [Feature("\"; DROP TABLE x")] }, "features[0].name"),
            (good with { Features = [Feature("__dowel_order")] }, "features[0].name"),
            (good with { Features = [Feature("")] }, "features[0].name"),
            (good with { Features = [Feature("x", "decimal")] }, "features[0].type"),
            (good with { Features = [Feature("x", "int64", 1.5)] }, "features[0].default"),
            (good with { Features = [Feature("x", "boolean", "yes")] }, "features[0].default"),
            (good with { Entity = new("id", "float64") }, "entity.type"),
            (good with { Entity = new("", "int64") }, "entity.name"),
            (good with { Entity = new("event_timestamp", "int64") }, "entity.name"),
            (good with { Entity = new("at", "int64"), TimestampField = "at" }, "entity.name"),
            (good with { TimestampField = "x" }, "features[0].name"),
            (good with { TtlSeconds = 0 }, "ttlSeconds"),
            (good with { Name = "a:b" }, "name"),
            (good with { Name = "a/b" }, "name"),
        })
            Assert.Equal(field, (await RoomHost.ProblemAsync(await http.PostJsonAsync("/api/v1/feature-views", view), ErrorCodes.Invalid)).Fields![0].Field);
        Assert.Empty((await http.GetAsync<Page<FeatureView>>("/api/v1/feature-views")).Items);
        await http.CreateViewAsync(good);
        await RoomHost.ProblemAsync(await http.PostJsonAsync("/api/v1/feature-views", good), ErrorCodes.Exists);
        Assert.Equal("good", Assert.Single((await http.GetAsync<Page<FeatureView>>("/api/v1/feature-views?search=oo")).Items).Name);

        await http.CreateViewAsync(good with { Name = "offline", Online = false });
        Assert.Equal((1L, 0L), await http.PushRowsAsync("offline", "id event_timestamp x", [1L, At(0), 1.0]) is var r ? (r.Rows, r.OnlineUpdated) : default);
        await RoomHost.ProblemAsync(await http.PostJsonAsync("/api/v1/features/online", new OnlineFeaturesRequest { Features = ["offline"], Entities = new Dictionary<string, IReadOnlyList<object>> { ["id"] = [1L] } }), ErrorCodes.Conflict);
    }

    [Fact]
    public async Task Strangers_see_nothing_of_a_private_view()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var alice = await host.CreateUserAsync("alice");
        var mallory = await host.CreateUserAsync("mallory");
        var view = await alice.CreateViewAsync("private", Feature("x"));
        await alice.PushRowsAsync("private", "id event_timestamp x", [1L, At(0), 1.0]);
        Assert.Empty((await mallory.GetAsync<Page<FeatureView>>("/api/v1/feature-views")).Items);
        foreach (var path in new[] { "", "/values" }) await RoomHost.ProblemAsync(await mallory.GetAsync($"/api/v1/feature-views/{view.Id}{path}"), ErrorCodes.Forbidden);
        foreach (var name in new[] { "private", view.Id, $"{view.Project}.private", "private:x" })
        {
            await RoomHost.ProblemAsync(await mallory.PostJsonAsync("/api/v1/features/online", new OnlineFeaturesRequest { Features = [name], Entities = new Dictionary<string, IReadOnlyList<object>> { ["id"] = [1L] } }), ErrorCodes.Forbidden);
            await RoomHost.ProblemAsync(await mallory.PostJsonAsync("/api/v1/features/historical", new HistoricalFeaturesRequest { Features = [name], EntityRows = Table("id event_timestamp", [1L, At(1)]) }), ErrorCodes.Forbidden);
        }
        await RoomHost.ProblemAsync(await mallory.TryPushAsync(view.Id, Table("id event_timestamp", [1L, At(1)])), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await mallory.DeleteAsync($"/api/v1/feature-views/{view.Id}"), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await host.HttpFor(null).PostJsonAsync("/api/v1/features/online", new OnlineFeaturesRequest()), ErrorCodes.Unauthenticated);
    }
}
