using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Docker.Tests;

public sealed class ContainerTests(TestEngine engine)
{
    [Theory, InlineData("oip"), InlineData("seldon"), InlineData("mlflow")]
    public async Task An_image_answers_over_its_protocol(string protocol)
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var model = await host.DeployAsync(DockerHost.Spec(protocol));
        Assert.Equal("3 5", await DockerHost.AskAsync(model, 1.5, 2.5));
        Assert.Equal(protocol == "oip" ? ["x"] : [], model.Signature.Inputs.Select(i => i.Name));
        await DockerHost.UntilAsync(() => Task.FromResult(host.Log.Lines.Contains(protocol == "seldon" ? "starting on 9000" : "starting on 8080")), "its log has what the model prints");
    }

    [Fact]
    public async Task Environment_and_secrets_reach_it_and_it_may_do_little()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var model = await host.DeployAsync(DockerHost.Spec("seldon", new Dictionary<string, string> { ["COLOUR"] = "blue = green" }) with { Secrets = new Dictionary<string, string> { ["TOKEN"] = "s3cret" } }, resources: new ResourceLimits { Cpus = 0.5, MemoryMb = 128 });
        var environment = await DockerHost.GetAsync<Dictionary<string, string>>(model, "environment");
        Assert.Equal(("blue = green", "s3cret", "9000", "e1"), (environment["COLOUR"], environment["TOKEN"], environment["PREDICTIVE_UNIT_HTTP_SERVICE_PORT"], environment["SELDON_DEPLOYMENT_ID"]));
        var process = await DockerHost.GetAsync<Dictionary<string, string>>(model, "process");
        Assert.Equal(("0000000000000000", "1"), (process["capabilities"], process["no_new_privs"]));
        var container = JsonDocument.Parse(await TestEngine.DockerAsync("inspect", Assert.Single(await host.ContainersAsync()))).RootElement[0];
        Assert.DoesNotContain("s3cret", container.GetProperty("Config").GetProperty("Labels").GetRawText());
        var limits = container.GetProperty("HostConfig");
        Assert.Equal((500_000_000, 128 << 20, 128 << 20, "no"), (limits.GetProperty("NanoCpus").GetInt64(), limits.GetProperty("Memory").GetInt64(), limits.GetProperty("MemorySwap").GetInt64(), limits.GetProperty("RestartPolicy").GetProperty("Name").GetString()));
        Assert.DoesNotContain(container.GetProperty("NetworkSettings").GetProperty("Ports").EnumerateObject(), p => p.Value.ValueKind != JsonValueKind.Null);
    }

    [Fact]
    public async Task A_command_takes_the_place_of_the_images_own()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var model = await host.DeployAsync(DockerHost.Spec() with { Command = ["/usr/bin/python3", "-c", "print('mine', flush=True); import runpy; runpy.run_path('/model_server.py', run_name='__main__')"] });
        Assert.Equal("2", await DockerHost.AskAsync(model, 1));
        await DockerHost.UntilAsync(() => Task.FromResult(host.Log.Lines.Contains("mine")), "its log has what the command prints");
    }

    [Fact]
    public async Task A_folder_for_weights_can_be_read_and_not_written()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var weights = Directory.CreateTempSubdirectory("dowel-weights-");
        await File.WriteAllTextAsync(Path.Combine(weights.FullName, "w"), "0.5", TestContext.Current.CancellationToken);
        var model = await host.DeployAsync(DockerHost.Spec() with { Volumes = [$"{weights.FullName}:/weights:ro"] });
        Assert.Equal("0.5", await DockerHost.GetAsync<string>(model, "read?/weights/w"));
        Assert.Contains("Read-only", await DockerHost.GetAsync<string>(model, "write?/weights/other"));
        weights.Delete(recursive: true);
    }

    [Fact]
    public async Task One_that_is_killed_fails_what_it_was_asked_and_comes_back()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var model = await host.DeployAsync(DockerHost.Spec());
        var asking = DockerHost.AskAsync(model, -1);
        await DockerHost.UntilAsync(() => Task.FromResult(host.Log.ToString().Contains("asked for [-1")), "the request is under way");
        var container = Assert.Single(await host.ContainersAsync());
        await TestEngine.DockerAsync("kill", container);
        await Assert.ThrowsAsync<ModelUnavailableException>(() => asking);
        await DockerHost.UntilAsync(() => Task.FromResult(host.Log.ToString().Contains("exit code 137 (killed); it is started again in 1 s")), "the log says why");
        await DockerHost.BackAsync(model);
        Assert.Equal(container, Assert.Single(await host.ContainersAsync()));
    }

    [Fact]
    public async Task One_that_ends_or_is_removed_comes_back()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var model = await host.DeployAsync(DockerHost.Spec());
        await Assert.ThrowsAsync<ModelUnavailableException>(() => DockerHost.AskAsync(model, -3));
        await DockerHost.UntilAsync(() => Task.FromResult(host.Log.ToString().Contains("exit code 3;")), "the log says why");
        await DockerHost.BackAsync(model);
        await TestEngine.DockerAsync("rm", "-f", Assert.Single(await host.ContainersAsync()));
        await DockerHost.UntilAsync(() => Task.FromResult(host.Log.ToString().Contains("it is started again in 2 s")), "the log says why");
        await DockerHost.BackAsync(model);
        Assert.Single(await host.ContainersAsync());
    }

    [Fact]
    public async Task One_that_wants_more_memory_than_it_may_is_killed_and_comes_back()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var model = await host.DeployAsync(DockerHost.Spec(), resources: new ResourceLimits { MemoryMb = 64 });
        await Assert.ThrowsAsync<ModelUnavailableException>(() => DockerHost.AskAsync(model, -2));
        await DockerHost.UntilAsync(() => Task.FromResult(host.Log.ToString().Contains("it used more memory than it may (64 MiB) and was killed")), "the log says why");
        await DockerHost.BackAsync(model);
    }

    [Fact]
    public async Task One_that_starts_slowly_is_waited_for()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var model = await host.DeployAsync(DockerHost.Spec(environment: new Dictionary<string, string> { ["SLEEP"] = "2" }));
        Assert.Equal("2", await DockerHost.AskAsync(model, 1));
    }

    [Fact]
    public async Task One_that_is_never_ready_is_given_up()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var e = await Assert.ThrowsAsync<ModelException>(() => host.DeployAsync(DockerHost.Spec(environment: new Dictionary<string, string> { ["NEVER_READY"] = "1" }) with { StartSeconds = 3 }));
        Assert.Contains(host.Log.Lines, l => l.StartsWith("waiting for an answer to /v2/health/ready on port") && l.EndsWith("for 3 s at most"));
        Assert.Contains("/v2/health/ready on port 8080 within 3 s", e.Message);
        Assert.Empty(await host.ContainersAsync());
    }

    [Fact]
    public async Task One_that_breaks_at_its_start_says_so_and_its_log_says_why()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var e = await Assert.ThrowsAsync<ModelException>(() => host.DeployAsync(DockerHost.Spec(environment: new Dictionary<string, string> { ["BREAKS"] = "1" })));
        Assert.Contains("exit code 7", e.Message);
        Assert.Contains("it is broken", host.Log.Lines);
        Assert.Empty(await host.ContainersAsync());
    }

    [Fact]
    public async Task Replicas_are_containers_of_their_own_and_go_with_the_deployment()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var one = await host.DeployAsync(DockerHost.Spec("raw") with { Port = 8080 });
        var two = await host.DeployAsync(DockerHost.Spec(), replica: 1);
        Assert.NotEqual(one.Address, two.Address);
        Assert.Equal(2, (await host.ContainersAsync()).Length);
        await one.DisposeAsync();
        await two.DisposeAsync();
        Assert.Empty(await host.ContainersAsync());
    }
}
