using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Registry.Tests;

public sealed class ModelSourceTests(Hosts hosts) : IClassFixture<Hosts>
{
    private static readonly Actor Nobody = new() { UserId = "nobody", UserName = "nobody" };

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Brings_the_files_of_a_number_or_an_alias_into_a_folder(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync();
        var run = await ada.NewRunAsync();
        await ada.Runs.UploadArtifactAsync(run.Id, "model/sub/w ü.bin", new MemoryStream([1, 2, 3]));
        var version = await ada.Models.CreateVersionAsync(model.Id, Helpers.Spec(run.Id));
        await ada.Models.SetAliasAsync(model.Id, "staging", 1);
        var source = host.Services.GetRequiredService<IModelSource>();
        foreach (var (reference, which) in new[] { (model.Id, "1"), (model.Name, "staging"), ($"lab.{model.Name}", "staging") })
        {
            var artifact = (await source.ResolveAsync(Actor.System, reference, which, default)).Value;
            Assert.Equal((version.Id, model.Id, model.Name, 1, "fake"), (artifact.VersionId, artifact.ModelId, artifact.Name, artifact.Version, artifact.Flavor));
            Assert.Equal(Path.Combine(host.DataDir, "registry", "models", version.Id), artifact.Folder);
            Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(Path.Combine(artifact.Folder, "sub", "w ü.bin")));
            Assert.Equal("good", await File.ReadAllTextAsync(Path.Combine(artifact.Folder, "behaviour")));
            Assert.Equal("y", artifact.Signature!.Outputs[0].Name);
            Assert.Equal(3, artifact.InputExample!["x"].Length);
        }
        Assert.Equal(ErrorCodes.NotFound, (await source.ResolveAsync(Actor.System, model.Id, "2", default)).Failure?.Code);
        Assert.Equal(ErrorCodes.NotFound, (await source.ResolveAsync(Actor.System, model.Id, "../1", default)).Failure?.Code);
        Assert.Equal(ErrorCodes.NotFound, (await source.ResolveAsync(Actor.System, model.Id, "", default)).Failure?.Code);
        Assert.Equal(ErrorCodes.Forbidden, (await source.ResolveAsync(Nobody, model.Id, "1", default)).Failure?.Code);
    }

    [Fact]
    public async Task A_folder_is_used_again_while_it_is_whole_and_mended_when_not()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync();
        await ada.NewVersionAsync(model);
        var source = host.Services.GetRequiredService<IModelSource>();
        async Task<string> ResolveAsync() => Path.Combine((await source.ResolveAsync(Actor.System, model.Id, "1", default)).Value.Folder, "behaviour");
        var file = await ResolveAsync();
        var written = File.GetLastWriteTimeUtc(file);
        Assert.Equal(written, File.GetLastWriteTimeUtc(await ResolveAsync()));

        // A model that writes into its folder harms neither the store nor the next one.
        await File.WriteAllTextAsync(file, "throw and more");
        Assert.Equal("good", await File.ReadAllTextAsync(await ResolveAsync()));
        Assert.Equal("good", await new StreamReader(await ada.Models.DownloadFileAsync(model.Id, "1", "behaviour")).ReadToEndAsync());
        await File.WriteAllTextAsync(file + ".py", "added");
        Assert.Equal("good", await File.ReadAllTextAsync(await ResolveAsync()));
        Assert.False(File.Exists(file + ".py"));
        File.Delete(file);
        Assert.Equal("good", await File.ReadAllTextAsync(await ResolveAsync()));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => ResolveAsync())), f => Assert.Equal("good", File.ReadAllText(f)));
    }

    [Fact]
    public async Task A_crash_between_copying_and_renaming_leaves_nothing_that_counts()
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new Experiments.ExperimentsRoom(), new RegistryRoom()], null, s => s.AddSingleton<IModelRuntime, FakeRuntime>());
        await host.CreateUserAsync("ada");
        await host.CreateProjectAsync("ada", "lab");
        using (var ada = host.Connect("ada"))
        {
            var model = await ada.NewModelAsync();
            var version = await ada.NewVersionAsync(model);
            var root = Path.Combine(host.DataDir, "registry", "models");
            // As a kill leaves it: a temporary folder with half of a file, and no folder under the version's id.
            var left = Directory.CreateDirectory(Path.Combine(root, $".{version.Id}.{Guid.NewGuid():n}.tmp"));
            await File.WriteAllTextAsync(Path.Combine(left.FullName, "behaviour"), "go");
            await host.RestartAsync();
            var artifact = (await host.Services.GetRequiredService<IModelSource>().ResolveAsync(Actor.System, model.Id, "1", default)).Value;
            Assert.Equal("good", await File.ReadAllTextAsync(Path.Combine(artifact.Folder, "behaviour")));
            Assert.Equal([version.Id], Directory.EnumerateFileSystemEntries(root).Select(Path.GetFileName));
        }
    }

    [Fact]
    public async Task A_damaged_object_is_never_handed_on_as_a_model()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync();
        var run = await ada.NewRunAsync($"unique {Guid.NewGuid():n}");
        var version = await ada.Models.CreateVersionAsync(model.Id, Helpers.Spec(run.Id));
        var hash = version.Files.Single().Hash!;
        var path = Path.Combine(host.DataDir, "objects", hash[..2], hash[2..4], hash);
        await File.WriteAllTextAsync(path, new string('x', (int)version.Files.Single().Bytes!));
        await Assert.ThrowsAsync<InvalidDataException>(() => host.Services.GetRequiredService<IModelSource>().ResolveAsync(Actor.System, model.Id, "1", default));
        Assert.Contains("damaged", (await ada.Models.ValidateAsync(model.Id, "1")).Checks.Single(c => c.Name == "load").Given);
        Assert.False(Directory.Exists(Path.Combine(host.DataDir, "registry", "models", version.Id)));
    }
}
