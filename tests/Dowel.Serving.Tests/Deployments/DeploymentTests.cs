using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Testing;
using static Dowel.Serving.Tests.ServingHost;

namespace Dowel.Serving.Tests.Deployments;

public class DeploymentTests
{
    [Fact]
    public async Task A_model_that_takes_too_long_is_told_to_stop_and_its_caller_gets_504_naming_the_limit()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("quick", new DeploymentSettings { TimeoutSeconds = 0.2 });
        var (status, body) = await InferAsync(serving.Alice, "quick", X(504));
        Assert.Equal(504, status);
        Assert.Contains("0.2 s", body.GetProperty("error").GetString());
        Assert.Equal(200, (await InferAsync(serving.Alice, "quick", X(1))).Status);
        Assert.Equal([504, 200], serving.Log.Records.Select(r => r.Status));
    }

    [Fact]
    public async Task A_model_whose_process_ended_is_503_at_once_and_asked_again_for_those_who_say_that_it_does_no_harm()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("dying", new DeploymentSettings { Breaker = new BreakerSettings { FailureRatio = 1 } });
        using var plain = await serving.Alice.PostAsync("/v2/models/dying/infer", new StringContent(X(503)));
        Assert.Equal((503, "1"), ((int)plain.StatusCode, plain.Headers.RetryAfter?.ToString()));
        Assert.Single(serving.Runtime.Calls);
        using var again = new HttpRequestMessage(HttpMethod.Post, "/v2/models/dying/infer") { Content = new StringContent(X(503)) };
        again.Headers.Add("Idempotency-Key", "a");
        Assert.Equal(503, (int)(await serving.Alice.SendAsync(again)).StatusCode);
        Assert.Equal(3, serving.Runtime.Calls.Count);
    }

    [Fact]
    public async Task A_model_that_fails_too_often_is_left_alone_and_then_tried_again()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("broken", new DeploymentSettings { Breaker = new BreakerSettings { MinimumRequests = 4, WindowSeconds = 60, OpenSeconds = 1 } });
        for (var i = 0; i < 4; i++) Assert.Equal(503, (await InferAsync(serving.Alice, "broken", X(503))).Status);
        var (status, body) = await InferAsync(serving.Alice, "broken", X(1));
        Assert.Equal(503, status);
        Assert.Contains("left alone", body.GetProperty("error").GetString());
        Assert.Equal(4, serving.Runtime.Calls.Count);
        for (var i = 0; i < 200 && (await InferAsync(serving.Alice, "broken", X(1))).Status != 200; i++) await Task.Delay(50);
        Assert.Equal(200, (await InferAsync(serving.Alice, "broken", X(1))).Status);
        // What a model says of an input opens nothing.
        for (var i = 0; i < 10; i++) Assert.Equal(500, (await InferAsync(serving.Alice, "broken", X(666))).Status);
    }

    [Fact]
    public async Task An_idle_model_is_let_go_of_and_the_next_request_waits_for_it()
    {
        await using var serving = await StartAsync();
        var settings = new DeploymentSettings { Scaling = new ScalingSettings { Min = 0, IdleSeconds = 1, ColdStartSeconds = 20 } };
        await serving.CreateAsync("sleepy", settings);
        var idle = await serving.WaitAsync("sleepy", e => e.State == DeploymentState.Idle);
        // It takes no more requests from then on, and is let go of a moment later.
        for (var i = 0; i < 200 && serving.Runtime.Loaded > 0; i++) await Task.Delay(50);
        Assert.Equal(0, serving.Runtime.Loaded);
        Assert.Equal((0, "x"), (idle.Deployments[0].ReadyReplicas, idle.Signature!.Inputs[0].Name));
        Assert.Equal(200, (int)(await serving.Alice.GetAsync("/v2/models/sleepy/ready")).StatusCode);
        var answers = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => InferAsync(serving.Alice, "sleepy", X(i))));
        Assert.All(answers, a => Assert.Equal(200, a.Status));
        Assert.Equal(1, serving.Runtime.Loaded);

        await serving.WaitAsync("sleepy", e => e.State == DeploymentState.Idle);
        await serving.Host.RestartAsync();
        // Not loaded at start, as nobody asked yet.
        using var alice = serving.Host.HttpFor("alice");
        var endpoint = await RoomHost.ReadAsync<Endpoint>(await alice.GetAsync("/api/v1/endpoints/sleepy"));
        Assert.Equal((DeploymentState.Idle, "x"), (endpoint.State, endpoint.Signature!.Inputs[0].Name));
        Assert.Equal(200, (await InferAsync(alice, "sleepy", X(1))).Status);
    }

    [Fact]
    public async Task A_cold_start_that_takes_longer_than_a_request_waits_is_503_with_Retry_After()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("sleepy", new DeploymentSettings { Scaling = new ScalingSettings { Min = 0, IdleSeconds = 1, ColdStartSeconds = 0.2 } });
        await serving.WaitAsync("sleepy", e => e.State == DeploymentState.Idle);
        var hold = serving.Runtime.HoldLoading = new TaskCompletionSource();
        using var early = await serving.Alice.PostAsync("/v2/models/sleepy/infer", new StringContent(X(1)));
        Assert.Equal((503, "5"), ((int)early.StatusCode, early.Headers.RetryAfter?.ToString()));
        hold.SetResult();
        await serving.WaitAsync("sleepy", e => e.State == DeploymentState.Ready);
        Assert.Equal(200, (await InferAsync(serving.Alice, "sleepy", X(1))).Status);
    }

    [Fact]
    public async Task Replicas_follow_the_load_up_and_down()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("elastic", new DeploymentSettings { Scaling = new ScalingSettings { Min = 1, Max = 3, TargetConcurrency = 1, WindowSeconds = 6 } });
        var hold = serving.Runtime.HoldCalls = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var crowd = Enumerable.Range(0, 6).Select(i => InferAsync(serving.Alice, "elastic", X(i))).ToList();
        await serving.WaitAsync("elastic", e => e.Deployments[0].ReadyReplicas == 3);
        hold.SetResult();
        Assert.All(await Task.WhenAll(crowd), a => Assert.Equal(200, a.Status));
        for (var i = 0; i < 3000 && serving.Runtime.Loaded > 1; i++) await Task.Delay(10);
        Assert.Equal(1, serving.Runtime.Loaded);
    }

    [Fact]
    public async Task Settings_are_kept_through_a_restart_and_a_change_of_the_version_and_wrong_ones_are_named()
    {
        await using var serving = await StartAsync();
        var settings = new DeploymentSettings { TimeoutSeconds = 3, Batching = new BatchingSettings { MaxSize = 5 } };
        await serving.CreateAsync("kept", settings);
        await serving.Host.RestartAsync();
        using var alice = serving.Host.HttpFor("alice");
        await RoomHost.ReadAsync<Endpoint>(await alice.PatchAsJsonAsync("/api/v1/endpoints/kept", new PatchEndpoint { Deployment = new DeploymentSpec { Model = "double", Version = 2 } }, DowelJson.Options));
        Endpoint endpoint;
        do endpoint = await RoomHost.ReadAsync<Endpoint>(await alice.GetAsync("/api/v1/endpoints/kept"));
        while (endpoint.Deployments is not [{ Version: 2 }]);
        Assert.Equal(settings, endpoint.Deployments[0].Settings);
        var wrong = await RoomHost.ProblemAsync(await alice.PatchAsJsonAsync("/api/v1/endpoints/kept",
            new PatchEndpoint { Deployment = new DeploymentSpec { Settings = new DeploymentSettings { Scaling = new ScalingSettings { Min = 3, Max = 2 } } } }, DowelJson.Options), ErrorCodes.Invalid);
        Assert.Equal("deployment.settings.scaling.max", wrong.Fields![0].Field);
        var both = await RoomHost.ProblemAsync(await alice.PostAsJsonAsync("/api/v1/endpoints", new CreateEndpoint { Name = "both", Deployment = new DeploymentSpec { Model = "double", Observed = new ObservedSpec() } }, DowelJson.Options), ErrorCodes.Invalid);
        Assert.Contains("model and observed", both.Detail);
    }

    [Fact]
    public async Task The_log_of_a_deployment_tells_its_start_and_follows_what_happens()
    {
        await using var serving = await StartAsync();
        var endpoint = await serving.CreateAsync("logged", new DeploymentSettings { Scaling = new ScalingSettings { Min = 0, IdleSeconds = 1 } });
        var path = $"/api/v1/endpoints/logged/deployments/{endpoint.Deployments[0].Name}/log";
        var log = await serving.Alice.GetStringAsync(path);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\S+Z starting double version 1 \(doubling\)\n\S+Z ready\n", log);
        using var response = await serving.Alice.GetAsync(path + "?follow=true&tail=0", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.EndsWith("let go: nobody asked; the next request starts it", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        using var stranger = await serving.Host.CreateUserAsync("stranger");
        Assert.Equal(403, (int)(await stranger.GetAsync(path)).StatusCode);
        Assert.Equal(404, (int)(await serving.Alice.GetAsync("/api/v1/endpoints/logged/deployments/none/log")).StatusCode);
        Assert.Equal(400, (int)(await serving.Alice.GetAsync(path + "?tail=-1")).StatusCode);
    }

    [Fact]
    public async Task A_version_is_replaced_many_times_under_load_without_a_failed_request()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("rolling", version: 1, replicas: 2);
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var statuses = new List<int>();
            while (!stop.IsCancellationRequested) statuses.Add((await InferAsync(serving.Alice, "rolling", X(1))).Status);
            return statuses;
        })).ToList();
        for (var version = 2; version <= 12; version++)
        {
            await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/rolling", new PatchEndpoint { Deployment = new DeploymentSpec { Model = "double", Version = version == 13 ? 14 : version } }, DowelJson.Options));
            await serving.WaitAsync("rolling", e => e.Deployments is [{ State: DeploymentState.Ready } d] && d.Version == version);
        }
        await stop.CancelAsync();
        var all = (await Task.WhenAll(callers)).SelectMany(s => s).ToList();
        Assert.NotEmpty(all);
        Assert.All(all, status => Assert.Equal(200, status));
        for (var i = 0; i < 500 && serving.Runtime.Loaded > 2; i++) await Task.Delay(20);
        Assert.Equal(2, serving.Runtime.Loaded);
    }

    [Fact]
    public async Task A_version_that_runs_in_process_is_loaded_once_for_all_its_endpoints_and_let_go_of_with_the_last()
    {
        await using var serving = await StartAsync();
        serving.Runtime.IsShared = true;
        for (var i = 0; i < 3; i++) await serving.CreateAsync($"same-{i}", version: 1, replicas: 4);
        Assert.Equal(1, serving.Runtime.Loaded);
        await serving.CreateAsync("other", version: 2);
        Assert.Equal(2, serving.Runtime.Loaded);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(200, (await InferAsync(serving.Alice, $"same-{i}", X(1))).Status);
            Assert.Equal(4, (await serving.WaitAsync($"same-{i}", _ => true)).Deployments[0].ReadyReplicas);
            await serving.Alice.DeleteAsync($"/api/v1/endpoints/same-{i}");
            if (i < 2) Assert.Equal(200, (await InferAsync(serving.Alice, "same-2", X(1))).Status);
        }
        for (var i = 0; i < 500 && serving.Runtime.Loaded > 1; i++) await Task.Delay(20);
        Assert.Equal(1, serving.Runtime.Loaded);
        // A version that cannot be loaded is tried again by the next.
        await serving.CreateAsync("bad-a", version: 13);
        Assert.Equal(DeploymentState.Failed, (await serving.CreateAsync("bad-b", version: 13)).State);
    }

    [Fact]
    public async Task A_deployment_beside_another_gets_its_share_of_the_traffic_and_can_be_asked_by_its_version()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("split", version: 1);

        Task<HttpResponseMessage> PatchAsync(PatchEndpoint patch) => serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/split", patch, DowelJson.Options);

        async Task<int[]> CountAsync(int requests)
        {
            var counts = new int[4];
            for (var i = 0; i < requests; i++) counts[(int)Y((await InferAsync(serving.Alice, "split", X(0))).Body)[0] / 1000]++;
            return counts;
        }

        await RoomHost.ReadAsync<Endpoint>(await PatchAsync(new PatchEndpoint { Deployment = new DeploymentSpec { Model = "double", Version = 2, Beside = true } }));
        await serving.WaitAsync("split", e => e.Deployments is [{ Traffic: 100 }, { State: DeploymentState.Ready, Traffic: 0 }]);
        Assert.Equal(20, (await CountAsync(20))[1]);
        Assert.Equal(new[] { 2000f }, Y((await InferAsync(serving.Alice, "split/versions/2", X(0))).Body));

        await RoomHost.ReadAsync<Endpoint>(await PatchAsync(new PatchEndpoint { Traffic = new Dictionary<string, int> { ["v1"] = 70, ["v2"] = 30 } }));
        // Six standard deviations of a binomial of 300 and 0.7 are 48.
        Assert.InRange((await CountAsync(300))[1], 162, 258);
        await serving.Host.RestartAsync();
        using var alice = serving.Host.HttpFor("alice");
        var endpoint = await RoomHost.ReadAsync<Endpoint>(await alice.GetAsync("/api/v1/endpoints/split"));
        Assert.Equal([("v1", 70), ("v2", 30)], endpoint.Deployments.Select(d => (d.Name, d.Traffic)));

        async Task<string> WrongAsync(PatchEndpoint patch) => (await RoomHost.ProblemAsync(await alice.PatchAsJsonAsync("/api/v1/endpoints/split", patch, DowelJson.Options), ErrorCodes.Invalid)).Fields![0].Field;

        Assert.Equal("traffic", await WrongAsync(new PatchEndpoint { Traffic = new Dictionary<string, int> { ["v1"] = 70 } }));
        Assert.Equal("traffic", await WrongAsync(new PatchEndpoint { Traffic = new Dictionary<string, int> { ["v7"] = 100 } }));
        Assert.Equal("traffic.v1", await WrongAsync(new PatchEndpoint { Traffic = new Dictionary<string, int> { ["v1"] = 170 } }));
        Assert.Equal("removeDeployments", await WrongAsync(new PatchEndpoint { RemoveDeployments = ["v1"] }));
        for (var i = 0; i < 500 && serving.Runtime.Loaded < 2; i++) await Task.Delay(20);
        await RoomHost.ReadAsync<Endpoint>(await alice.PatchAsJsonAsync("/api/v1/endpoints/split", new PatchEndpoint { Traffic = new Dictionary<string, int> { ["v2"] = 100 }, RemoveDeployments = ["v1"] }, DowelJson.Options));
        Assert.Equal(new[] { 2000f }, Y((await InferAsync(alice, "split", X(0))).Body));
        Assert.Equal("v2", Assert.Single((await RoomHost.ReadAsync<Endpoint>(await alice.GetAsync("/api/v1/endpoints/split"))).Deployments).Name);
        // And one that is not beside the others replaces them all.
        await RoomHost.ReadAsync<Endpoint>(await alice.PatchAsJsonAsync("/api/v1/endpoints/split", new PatchEndpoint { Deployment = new DeploymentSpec { Model = "double", Version = 3 } }, DowelJson.Options));
        for (var i = 0; i < 500 && (await RoomHost.ReadAsync<Endpoint>(await alice.GetAsync("/api/v1/endpoints/split"))).Deployments is not [{ Version: 3, Traffic: 100 }]; i++) await Task.Delay(20);
        Assert.Equal(new[] { 3000f }, Y((await InferAsync(alice, "split", X(0))).Body));
    }

    [Fact]
    public async Task A_version_that_becomes_ready_after_a_newer_one_changes_nothing_also_after_a_restart()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("raced", version: 1);
        var slow = serving.Runtime.HoldLoading = new TaskCompletionSource();
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/raced", new PatchEndpoint { Deployment = new DeploymentSpec { Model = "double", Version = 2 } }, DowelJson.Options));
        for (var i = 0; i < 500 && serving.Runtime.Waiting == 0; i++) await Task.Delay(10);
        serving.Runtime.HoldLoading = null;
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/raced", new PatchEndpoint { Deployment = new DeploymentSpec { Model = "double", Version = 3 } }, DowelJson.Options));
        await serving.WaitAsync("raced", e => e.Deployments is [{ Version: 3, Traffic: 100 }]);
        slow.SetResult();
        for (var i = 0; i < 500 && serving.Runtime.Loaded > 1; i++) await Task.Delay(10);
        Assert.Equal(1, serving.Runtime.Loaded);
        await serving.Host.RestartAsync();
        using var alice = serving.Host.HttpFor("alice");
        Assert.Equal(3, Assert.Single((await RoomHost.ReadAsync<Endpoint>(await alice.GetAsync("/api/v1/endpoints/raced"))).Deployments).Version);
    }

    [Theory]
    [InlineData("""{"name":"n","deployment":null}""", "deployment")]
    [InlineData("""{"name":"n","deployment":{"model":null}}""", "deployment.model")]
    [InlineData("""{"name":"n","deployment":{"observed":{"signature":{"inputs":[null]}}}}""", "deployment.observed.signature.inputs[0]")]
    [InlineData("""{"name":"n","deployment":{"observed":{"signature":{"inputs":[{"name":"x","datatype":"WAT"}]}}}}""", "deployment.observed.signature[0].datatype")]
    [InlineData("""{"name":"n","deployment":{"observed":{"signature":{"inputs":[{"name":"x","datatype":"FP32","shape":null}]}}}}""", "deployment.observed.signature.inputs[0].shape")]
    [InlineData("""{"name":"n","deployment":{"graph":{"nodes":{"root":null}}}}""", "deployment.graph.nodes.root")]
    [InlineData("""{"name":"n","deployment":{"graph":{"nodes":{"root":{"steps":[null]}}}}}""", "deployment.graph.nodes.root.steps[0]")]
    [InlineData("""{"name":"n","deployment":{"graph":{"nodes":{"root":{"steps":[{"endpoint":"e","rename":{"x":null}}]}}}}}""", "deployment.graph.nodes.root.steps[0].rename.x")]
    [InlineData("""{"name":"n","deployment":{"model":"double"},"ingress":{"users":[null]}}""", "ingress.users[0]")]
    public async Task What_is_null_where_a_value_is_wanted_is_refused_by_its_field(string body, string field)
    {
        await using var serving = await StartAsync();
        var problem = await RoomHost.ProblemAsync(await serving.Alice.PostAsync("/api/v1/endpoints", new StringContent(body, System.Text.Encoding.UTF8, "application/json")), ErrorCodes.Invalid);
        Assert.Equal(field, problem.Fields![0].Field);
    }
}
