using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Experiments.Tests;

public sealed class RunSourceTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Gives_a_run_with_the_files_below_a_folder(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var run = await ada.NewRunAsync(new CreateRun { Inputs = ["dataset:titanic@1", "features:passenger_features@2"] });
        await ada.Runs.LogMetricAsync(run.Id, "auc", 0.8);
        foreach (var path in new[] { "model/a", "model/sub/b", "modelx", "plot.png" }) await ada.UploadAsync(run.Id, path, path);
        var source = host.Services.GetRequiredService<IRunSource>();

        var found = (await source.GetAsync(Actor.System, run.Id, "model", default)).Value;
        Assert.Equal(["a", "sub/b"], found.Files.Select(f => f.Path));
        Assert.All(found.Files, f => Assert.Equal(64, f.Hash!.Length));
        Assert.Equal(run.ExperimentId, found.ExperimentId);
        Assert.Equal(0.8, found.Run!.Metrics["auc"]);
        Assert.Equal(["dataset:titanic@1", "features:passenger_features@2"], found.Inputs);

        Assert.Equal(4, (await source.GetAsync(Actor.System, run.Id, "", default)).Value.Files.Count);
        Assert.Equal(["plot.png"], (await source.GetAsync(Actor.System, run.Id, "plot.png", default)).Value.Files.Select(f => f.Path));
        Assert.Empty((await source.GetAsync(Actor.System, run.Id, "nothing", default)).Value.Files);
        Assert.Equal(ErrorCodes.Invalid, (await source.GetAsync(Actor.System, run.Id, "../x", default)).Failure?.Code);
        Assert.Equal(ErrorCodes.NotFound, (await source.GetAsync(Actor.System, "run_0", "", default)).Failure?.Code);
        Assert.Equal(ErrorCodes.Forbidden, (await source.GetAsync(new Actor { UserId = "nobody", UserName = "nobody" }, run.Id, "", default)).Failure?.Code);
    }
}
