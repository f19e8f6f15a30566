using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Registry.Versions;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Registry.Tests;

public sealed class SnapshotTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Fact]
    public async Task Whoever_may_use_the_model_reads_its_snapshot_without_its_experiment()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        using var bob = host.Connect("bob");
        var model = await ada.NewModelAsync();
        var run = await ada.NewRunAsync();
        await ada.Runs.UploadArtifactAsync(run.Id, "model/code/a.py", new MemoryStream([1]));
        await ada.Models.CreateVersionAsync(model.Id, Helpers.Spec(run.Id));
        var files = host.Services.GetRequiredService<VersionFiles>();
        var actor = new Actor { UserId = (await bob.Identity.MeAsync()).User.Id, UserName = "bob" };
        Assert.Equal(ErrorCodes.NotFound, (await files.ListAsync(actor, model.Id, "1", null, default)).Failure!.Code);

        await ada.Resources.ShareAsync(model.Id, new Sharing { Visibility = Visibility.Shared, People = [new Share("bob", Permission.Read)] });
        Assert.Equal(ErrorCodes.Forbidden, (await files.ListAsync(actor, model.Id, "1", null, default)).Failure!.Code);
        await ada.Resources.ShareAsync(model.Id, new Sharing { Visibility = Visibility.Shared, People = [new Share("bob", Permission.Use)] });
        Assert.Equal([("code", true), ("behaviour", false)], (await files.ListAsync(actor, model.Id, "1", "", default)).Value.Select(f => (f.Path, f.IsFolder)));
        Assert.Equal([("code/a.py", false)], (await files.ListAsync(actor, model.Id, "1", "code/", default)).Value.Select(f => (f.Path, f.IsFolder)));
        Assert.Equal(1, (await files.FindAsync(actor, model.Id, "1", "code/a.py", default)).Value.Bytes);
        foreach (var path in new[] { "../behaviour", "code/../behaviour", "/behaviour", "code%2Fa.py", "" })
            Assert.Equal(ErrorCodes.Invalid, (await files.FindAsync(actor, model.Id, "1", path, default)).Failure!.Code);
        Assert.Equal(ErrorCodes.Invalid, (await files.ListAsync(actor, model.Id, "1", "..", default)).Failure!.Code);
        foreach (var (id, version) in new[] { (model.Id, "2"), ("mod_0", "1"), (run.ExperimentId, "1") })
            Assert.Equal(ErrorCodes.NotFound, (await files.ListAsync(actor, id, version, null, default)).Failure!.Code);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_version_may_come_from_anywhere(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var model = await ada.NewModelAsync();
        var version = await ada.Models.CreateVersionAsync(model.Id, new CreateModelVersion { Source = "s3://bucket/model", RunLink = "https://ci/7", Flavor = "onnx" });
        Assert.Equal(("s3://bucket/model", "https://ci/7", null, "onnx", "None"), (version.Source, version.RunLink, version.RunId, version.Flavor, version.Stage));
        Assert.Empty(version.Files);
        var run = await ada.NewRunAsync("good", ("auc", 0.9));
        var kept = await ada.Models.CreateVersionAsync(model.Id, new CreateModelVersion { Source = $"runs:/{run.Id}/model", Flavor = "fake", Signature = FakeRuntime.Signature });
        Assert.Equal((run.Id, 0.9, "behaviour"), (kept.RunId, kept.Metrics["auc"], kept.Files.Single().Path));
        Assert.True((await ada.Models.ValidateAsync(model.Id, "2", null)).Checks.Single(c => c.Name == "load").Passed);
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Models.CreateVersionAsync(model.Id, new CreateModelVersion { Source = "/etc/passwd" }));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Models.CreateAsync(new CreateModel { Name = "a/b" }));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Models.UpdateAsync(model.Id, new ResourcePatch { Name = "a:b" }));
        var gone = (await ada.Models.GetVersionAsync(model.Id, "1")).Id;
        await ada.Models.DeleteVersionAsync(model.Id, "1");
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Models.GetVersionAsync(model.Id, "1"));
        Assert.NotEqual(gone, (await ada.Models.GetVersionAsync(model.Id, "2")).Id);
    }

    [Fact]
    public async Task Without_experiments_a_version_comes_from_elsewhere()
    {
        await using var host = await RoomHost.StartAsync(new RegistryRoom());
        await host.CreateUserAsync("ada");
        using var ada = host.Connect("ada");
        var model = await ada.Models.CreateAsync(new CreateModel { Name = "alone" });
        Assert.Equal("runs:/0/m", (await ada.Models.CreateVersionAsync(model.Id, new CreateModelVersion { Source = "runs:/0/m" })).Source);
        Assert.Contains("Rooms__Experiments=true", (await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Models.CreateVersionAsync(model.Id, new CreateModelVersion { Source = "models:/m-0" }))).Message);
    }
}
