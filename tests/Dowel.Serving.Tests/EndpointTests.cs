using System.Net;
using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Testing;
using static Dowel.Serving.Tests.ServingHost;

namespace Dowel.Serving.Tests;

public class EndpointTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Endpoints_and_their_state_survive_a_restart(Engine engine)
    {
        await using var serving = await StartAsync(engine);
        await serving.CreateAsync("first", replicas: 2);
        await serving.CreateAsync("second", new FeatureJoin { View = "ten", OnMissing = MissingFeaturesPolicy.Defaults });
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/first", new PatchEndpoint { Stopped = true }, DowelJson.Options));

        await serving.Host.RestartAsync();
        using var alice = serving.Host.HttpFor("alice");
        for (var i = 0; i < 100 && (await alice.GetAsync("/v2/health/ready")).StatusCode != HttpStatusCode.OK; i++) await Task.Delay(20);
        var endpoints = (await RoomHost.ReadAsync<Page<Endpoint>>(await alice.GetAsync("/api/v1/endpoints"))).Items;
        Assert.Equal([("first", DeploymentState.Stopped), ("second", DeploymentState.Ready)], endpoints.Select(e => (e.Name, e.State)));
        Assert.Equal(MissingFeaturesPolicy.Defaults, endpoints[1].Features!.OnMissing);
        Assert.Equal(503, (await InferAsync(alice, "first", X(1))).Status);
        Assert.Equal(200, (await InferAsync(alice, "second", Key(1))).Status);
    }

    [Fact]
    public async Task A_version_that_its_gate_refused_is_deployed_only_where_that_is_said()
    {
        await using var serving = await StartAsync();
        var spec = new CreateEndpoint { Name = "e", Deployment = new DeploymentSpec { Model = "refused", Version = 1 } };
        var refused = await RoomHost.ProblemAsync(await serving.Alice.PostAsJsonAsync("/api/v1/endpoints", spec, DowelJson.Options), ErrorCodes.GateFailed);
        Assert.Equal([new FieldError("metric auc", "0.5", "at least 0.8")], refused.Fields);
        Assert.Contains("allowRefused", refused.Remedy, StringComparison.Ordinal);
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PostAsJsonAsync("/api/v1/endpoints", spec with { Deployment = spec.Deployment with { AllowRefused = true } }, DowelJson.Options));

        // Other features for what was deployed are no new decision; another deployment is.
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/e", new PatchEndpoint { Features = new FeatureJoin { View = "ten" } }, DowelJson.Options));
        await RoomHost.ProblemAsync(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/e", new PatchEndpoint { Deployment = new DeploymentSpec { Version = 2 } }, DowelJson.Options), ErrorCodes.GateFailed);
    }

    [Fact]
    public async Task A_new_version_takes_over_only_when_it_is_ready_and_without_a_failed_request()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("doubler", version: 1, replicas: 2);
        using var stop = new CancellationTokenSource();
        var statuses = new System.Collections.Concurrent.ConcurrentDictionary<int, int>();
        var load = Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) statuses.AddOrUpdate((await InferAsync(serving.Alice, "doubler", X(n == 0 ? 1000 : n))).Status, 1, (_, c) => c + 1);
        })).ToList();

        serving.Runtime.HoldLoading = new TaskCompletionSource();
        var patched = await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/doubler", new PatchEndpoint { Deployment = new DeploymentSpec { Version = 2 } }, DowelJson.Options));
        Assert.Equal([(1, 100, DeploymentState.Ready), (2, 0, DeploymentState.Loading)], patched.Deployments.Select(d => (d.Version, d.Traffic, d.State)));
        Assert.Equal(1002f, Assert.Single(Y((await InferAsync(serving.Alice, "doubler", X(1))).Body)));
        serving.Runtime.HoldLoading.SetResult();
        var changed = await serving.WaitAsync("doubler", e => e.Deployments is [{ Version: 2, State: DeploymentState.Ready }]);
        Assert.Equal(2, changed.Deployments[0].Replicas);
        Assert.Equal(2002f, Assert.Single(Y((await InferAsync(serving.Alice, "doubler", X(1))).Body)));
        await Task.Delay(200);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Equal([200], statuses.Keys);
        Assert.Equal(2, serving.Runtime.Loaded);
    }

    [Fact]
    public async Task A_version_that_cannot_be_loaded_leaves_the_old_one_answering_and_says_why()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("doubler");
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/doubler", new PatchEndpoint { Deployment = new DeploymentSpec { Version = 13 } }, DowelJson.Options));
        var endpoint = await serving.WaitAsync("doubler", e => e.Deployments.Any(d => d.State == DeploymentState.Failed));
        Assert.Equal(DeploymentState.Ready, endpoint.State);
        Assert.Contains("version 13", endpoint.Deployments.Single(d => d.Version == 13).Message);
        Assert.Equal(200, (await InferAsync(serving.Alice, "doubler", X(1))).Status);
        // A good version after it clears the failed one away.
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/doubler", new PatchEndpoint { Deployment = new DeploymentSpec { Version = 3 } }, DowelJson.Options));
        await serving.WaitAsync("doubler", e => e.Deployments is [{ Version: 3, State: DeploymentState.Ready }]);
    }

    [Fact]
    public async Task Stops_starts_and_is_renamed_and_deleted()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("doubler");
        async Task PatchAsync(string name, PatchEndpoint patch) => await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync($"/api/v1/endpoints/{name}", patch, DowelJson.Options));
        await PatchAsync("doubler", new PatchEndpoint { Stopped = true });
        Assert.Equal(503, (await InferAsync(serving.Alice, "doubler", X(1))).Status);
        await PatchAsync("doubler", new PatchEndpoint { Stopped = false });
        await serving.WaitAsync("doubler", e => e.State == DeploymentState.Ready);
        await PatchAsync("doubler", new PatchEndpoint { Name = "twice" });
        Assert.Equal(404, (await InferAsync(serving.Alice, "doubler", X(1))).Status);
        Assert.Equal(200, (await InferAsync(serving.Alice, "twice", X(1))).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await serving.Alice.DeleteAsync("/api/v1/endpoints/twice")).StatusCode);
        Assert.Equal(404, (await InferAsync(serving.Alice, "twice", X(1))).Status);
        for (var i = 0; i < 100 && serving.Runtime.Loaded > 0; i++) await Task.Delay(20);
        Assert.Equal(0, serving.Runtime.Loaded);
    }

    [Fact]
    public async Task An_edit_of_an_old_revision_is_refused()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("doubler");
        var response = await serving.Alice.GetAsync("/api/v1/endpoints/doubler");
        var tag = response.Headers.ETag!;
        HttpRequestMessage Patch(string text) => new(HttpMethod.Patch, "/api/v1/endpoints/doubler") { Content = JsonContent.Create(new PatchEndpoint { Description = text }), Headers = { IfMatch = { tag } } };
        Assert.Equal(HttpStatusCode.OK, (await serving.Alice.SendAsync(Patch("one"))).StatusCode);
        await RoomHost.ProblemAsync(await serving.Alice.SendAsync(Patch("two")), ErrorCodes.Stale);
    }

    public static IEnumerable<TheoryDataRow<CreateEndpoint, string>> Mistakes()
    {
        static CreateEndpoint With(DeploymentSpec deployment, FeatureJoin? features = null, string name = "e") => new() { Name = name, Deployment = deployment, Features = features };
        yield return new(With(new DeploymentSpec()), "deployment.model");
        yield return new(With(new DeploymentSpec { Model = "double", Version = 1, Replicas = 0 }), "deployment.replicas");
        yield return new(With(new DeploymentSpec { Model = "double", Version = 1, Replicas = 65 }), "deployment.replicas");
        yield return new(With(new DeploymentSpec { Model = "double", Version = 1, Alias = "a" }), "deployment.alias");
        yield return new(With(new DeploymentSpec { Model = "foreign", Version = 1 }), "deployment.model");
        yield return new(With(new DeploymentSpec { Model = "double", Version = 1 }, name: "a/b"), "name");
        yield return new(With(new DeploymentSpec { Model = "double", Version = 1 }, name: ".."), "name");
    }

    [Theory, MemberData(nameof(Mistakes))]
    public async Task Mistakes_are_named_by_their_field(CreateEndpoint body, string field)
    {
        await using var serving = await StartAsync();
        var problem = await RoomHost.ProblemAsync(await serving.Alice.PostAsJsonAsync("/api/v1/endpoints", body, DowelJson.Options), ErrorCodes.Invalid);
        Assert.Equal(field, problem.Fields![0].Field);
    }

    [Fact]
    public async Task Absent_models_and_views_taken_names_and_models_of_others_are_refused()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("doubler");
        Task<HttpResponseMessage> PostAsync(HttpClient http, string name, string model, string? view = null) => http.PostAsJsonAsync("/api/v1/endpoints",
            new CreateEndpoint { Name = name, Deployment = new DeploymentSpec { Model = model, Version = 1 }, Features = view is null ? null : new FeatureJoin { View = view } }, DowelJson.Options);
        await RoomHost.ProblemAsync(await PostAsync(serving.Alice, "e", "absent"), ErrorCodes.NotFound);
        await RoomHost.ProblemAsync(await PostAsync(serving.Alice, "e", "double", "absent"), ErrorCodes.NotFound);
        var stranger = await serving.Host.CreateUserAsync("stranger");
        await RoomHost.ProblemAsync(await PostAsync(stranger, "doubler", "double"), ErrorCodes.Exists);
        await RoomHost.ProblemAsync(await PostAsync(stranger, "e", "secret"), ErrorCodes.Forbidden);
    }
}
