using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Docker.Tests;

public sealed class AdoptionTests(TestEngine engine)
{
    [Fact]
    public async Task A_container_runs_on_and_is_taken_over_after_a_restart()
    {
        await engine.ReadyAsync();
        await using var first = new DockerHost();
        await first.DeployAsync(DockerHost.Spec());
        var container = Assert.Single(await first.ContainersAsync());
        var started = await StartedAsync(container);
        await using var second = await first.RestartAsync();
        var model = await second.DeployAsync(DockerHost.Spec());
        Assert.Equal("2", await DockerHost.AskAsync(model, 1));
        Assert.Equal(container, Assert.Single(await second.ContainersAsync()));
        Assert.Equal(started, await StartedAsync(container));
        Assert.Contains(second.Log.Lines, l => l.StartsWith("took over"));

        // It is watched as one that was started here, from a moment after it was taken over.
        await DockerHost.UntilAsync(async () =>
        {
            await DockerHost.AskAsync(model, 1);
            return second.Log.ToString().Contains("asked for [1]");
        }, "what it prints is followed");
        await TestEngine.DockerAsync("kill", container);
        await DockerHost.UntilAsync(() => Task.FromResult(!model.IsAvailable), "its end is seen");
        await DockerHost.BackAsync(model);
    }

    [Fact]
    public async Task One_that_is_meant_to_be_otherwise_now_is_replaced()
    {
        await engine.ReadyAsync();
        await using var first = new DockerHost();
        await first.DeployAsync(DockerHost.Spec());
        var container = Assert.Single(await first.ContainersAsync());
        await using var second = await first.RestartAsync();
        var model = await second.DeployAsync(DockerHost.Spec(environment: new Dictionary<string, string> { ["NEW"] = "1" }));
        Assert.Equal("2", await DockerHost.AskAsync(model, 1));
        Assert.NotEqual(container, Assert.Single(await second.ContainersAsync()));
    }

    [Fact]
    public async Task None_runs_on_where_the_server_is_told_so()
    {
        await engine.ReadyAsync();
        await using var first = new DockerHost(o => o.Docker.KeepRunning = false);
        await first.DeployAsync(DockerHost.Spec());
        await using var second = await first.RestartAsync();
        Assert.Empty(await second.ContainersAsync());
    }

    [Fact]
    public async Task What_is_left_of_other_deployments_is_removed()
    {
        await engine.ReadyAsync();
        await using var stranger = new DockerHost();
        await stranger.DeployAsync(DockerHost.Spec(), "gone");
        await using var first = new DockerHost();
        await first.DeployAsync(DockerHost.Spec(), "kept");
        await first.DeployAsync(DockerHost.Spec(), "gone");
        var kept = Assert.Single(await first.ContainersAsync("--filter", "label=dowel.deployment=kept"));
        await using var second = await first.RestartAsync();
        await second.Runtime.RemoveOthersAsync(new HashSet<string> { "kept" }, TestContext.Current.CancellationToken);
        Assert.Equal(kept, Assert.Single(await second.ContainersAsync()));
        Assert.Single(await stranger.ContainersAsync());
    }

    [Fact]
    public async Task Without_an_engine_a_deployment_fails_and_says_so()
    {
        await using var host = new DockerHost(o => o.Docker.Engine = "unix:///nowhere/docker.sock");
        var e = await Assert.ThrowsAsync<ModelUnavailableException>(() => host.DeployAsync(DockerHost.Spec()));
        Assert.Contains("engine at unix:///nowhere/docker.sock cannot be reached", e.Message);
        await host.Runtime.RemoveOthersAsync(new HashSet<string>(), TestContext.Current.CancellationToken);
    }

    private static Task<string> StartedAsync(string container) => TestEngine.DockerAsync("inspect", "-f", "{{.State.StartedAt}}", container);
}
