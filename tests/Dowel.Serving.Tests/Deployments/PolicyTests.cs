using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Testing;
using static Dowel.Serving.Tests.ServingHost;

namespace Dowel.Serving.Tests.Deployments;

public class PolicyTests
{
    [Fact]
    public async Task Requests_above_the_rate_are_429_with_Retry_After_and_stand_in_the_log()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("limited", new DeploymentSettings(), new EndpointLimits { RequestsPerSecond = 0.01 });
        Assert.Equal(200, (await InferAsync(serving.Alice, "limited", X(1))).Status);
        using var refused = await serving.Alice.PostAsync("/v2/models/limited/infer", new StringContent(X(1)));
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 100);
        Assert.Contains("0.01 requests a second", await refused.Content.ReadAsStringAsync());
        Assert.Equal([200, 429], serving.Log.Records.Select(r => r.Status));
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/limited", new PatchEndpoint { Limits = new EndpointLimits() }, DowelJson.Options));
        Assert.Equal(200, (await InferAsync(serving.Alice, "limited", X(1))).Status);
    }

    [Fact]
    public async Task Each_caller_has_a_share_of_its_own()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync(new CreateEndpoint { Name = "shared", Deployment = new DeploymentSpec { Model = "double", Version = 1 }, Limits = new EndpointLimits { CallerRequestsPerSecond = 0.01, CallerMaxConcurrency = 5 } });
        await serving.MakePublicAsync("shared");
        using var bob = await serving.Host.CreateUserAsync("bob");
        Assert.Equal(200, (await InferAsync(serving.Alice, "shared", X(1))).Status);
        Assert.Equal(429, (await InferAsync(serving.Alice, "shared", X(1))).Status);
        Assert.Equal(200, (await InferAsync(bob, "shared", X(1))).Status);
    }

    [Fact]
    public async Task More_requests_at_once_than_allowed_are_refused_while_they_last()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("narrow", new DeploymentSettings(), new EndpointLimits { MaxConcurrency = 2 });
        var hold = serving.Runtime.HoldCalls = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var two = new[] { InferAsync(serving.Alice, "narrow", X(1)), InferAsync(serving.Alice, "narrow", X(2)) };
        while (serving.Runtime.Calls.Count < 2) await Task.Delay(5);
        var (status, body) = await InferAsync(serving.Alice, "narrow", X(3));
        Assert.Equal(429, status);
        Assert.Contains("2 requests under way", body.GetProperty("error").GetString());
        hold.SetResult();
        Assert.All(await Task.WhenAll(two), a => Assert.Equal(200, a.Status));
        Assert.Equal(200, (await InferAsync(serving.Alice, "narrow", X(3))).Status);
    }

    [Fact]
    public async Task Ingress_admits_users_members_and_addresses_and_nobody_else()
    {
        await using var serving = await StartAsync();
        using var bob = await serving.Host.CreateUserAsync("bob");
        using var carol = await serving.Host.CreateUserAsync("carol");
        await serving.Host.CreateProjectAsync("alice", "crew", ("carol", ProjectRole.Viewer));
        await serving.CreateAsync(new CreateEndpoint { Name = "guarded", Deployment = new DeploymentSpec { Model = "double", Version = 1 }, Ingress = new IngressPolicy { Users = ["alice"], Projects = ["crew"] } });
        await serving.MakePublicAsync("guarded");
        Assert.Equal(200, (await InferAsync(serving.Alice, "guarded", X(1))).Status);
        Assert.Equal(200, (await InferAsync(carol, "guarded", X(1))).Status);
        var (status, body) = await InferAsync(bob, "guarded", X(1));
        Assert.Equal(403, status);
        Assert.Contains("ingress", body.GetProperty("error").GetString());
        // It says nothing against looking at it.
        Assert.Equal(200, (int)(await bob.GetAsync("/v2/models/guarded")).StatusCode);

        async Task<int> FromAsync(params string[] addresses)
        {
            await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/guarded", new PatchEndpoint { Ingress = new IngressPolicy { Addresses = addresses } }, DowelJson.Options));
            return (await InferAsync(bob, "guarded", X(1))).Status;
        }

        Assert.Equal(403, await FromAsync("10.0.0.0/8", "2001:db8::/32"));
        Assert.Equal(200, await FromAsync("10.0.0.0/8", "127.0.0.0/8"));
        Assert.Equal(200, await FromAsync());
        foreach (var (policy, field) in new[] { (new IngressPolicy { Addresses = ["10.0.0.1/40"] }, "ingress.addresses"), (new IngressPolicy { Users = ["nobody"] }, "ingress.users"), (new IngressPolicy { Projects = ["none"] }, "ingress.projects") })
            Assert.Equal(field, (await RoomHost.ProblemAsync(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/guarded", new PatchEndpoint { Ingress = policy }, DowelJson.Options), ErrorCodes.Invalid)).Fields![0].Field);
    }

    [Fact]
    public async Task An_endpoint_that_is_only_observed_tells_its_signature_and_answers_nobody()
    {
        await using var serving = await StartAsync();
        var signature = new ModelSignature { Inputs = [new TensorSpec { Name = "age", Datatype = "FP64" }], Outputs = [new TensorSpec { Name = "risk", Datatype = "FP64" }] };
        var endpoint = await serving.CreateAsync(new CreateEndpoint { Name = "elsewhere", Deployment = new DeploymentSpec { Observed = new ObservedSpec { Signature = signature } } });
        Assert.Equal((DeploymentState.Ready, "observed", "age"), (endpoint.State, endpoint.Deployments[0].Runtime, endpoint.Signature!.Inputs[0].Name));
        var (status, body) = await InferAsync(serving.Alice, "elsewhere", X(1).Replace("\"x\"", "\"age\""));
        Assert.Equal(409, status);
        Assert.Contains("runs elsewhere", body.GetProperty("error").GetString());
    }
}
