using System.Net;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Registry.Tests;

public sealed class VersionTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_version_keeps_what_its_run_had(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync();
        var run = await ada.NewRunAsync("good", ("auc", 0.9), ("loss", double.NaN), ("worst", double.PositiveInfinity));
        await ada.Runs.UploadArtifactAsync(run.Id, "model/sub/weights.bin", new MemoryStream([1, 2, 3]));
        await ada.Runs.UploadArtifactAsync(run.Id, "plot.png", new MemoryStream([4]));
        var version = await ada.Models.CreateVersionAsync(model.Id, Helpers.Spec(run.Id) with { Description = "first ✓", Tags = new Dictionary<string, string> { ["team"] = "red" } });

        Assert.Equal((1, model.Name, model.Id, "fake", "first ✓", "ada", run.Id), (version.Version, version.Model, version.ModelId, version.Flavor, version.Description, version.CreatedBy, version.RunId));
        Assert.Equal([("behaviour", 4L), ("sub/weights.bin", 3L)], version.Files.Select(f => (f.Path, f.Bytes!.Value)));
        Assert.Equal((0.9, double.NaN, double.PositiveInfinity), (version.Metrics["auc"], version.Metrics["loss"], version.Metrics["worst"]));
        Assert.Equal(["dataset:titanic@1"], version.TrainingData);
        Assert.Equal([1L, 2.5, -3L], version.InputExample!["x"]);
        Assert.Equal("red", version.Tags["team"]);
        Assert.Null(version.Gate);

        // What happens to the run later does not reach it.
        await ada.Runs.UploadArtifactAsync(run.Id, "model/behaviour", new MemoryStream("throw"u8.ToArray()));
        await ada.Runs.LogMetricAsync(run.Id, "auc", 0.1, 1);
        await ada.Runs.DeleteAsync(run.Id);
        var again = await ada.Models.GetVersionAsync(model.Id, "1");
        Assert.Equal(0.9, again.Metrics["auc"]);
        Assert.Equal("good", await new StreamReader(await ada.Models.DownloadFileAsync(model.Id, "1", "behaviour")).ReadToEndAsync());
        Assert.Equal(1, (await ada.Models.GetAsync(model.Id)).LatestVersion);
        Assert.Equal(["model.create", "model.version"], (await host.AuditOfAsync(model.Id)).Select(r => r.Action));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Versions_registered_at_once_get_numbers_of_their_own(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var model = await ada.NewModelAsync();
        var run = await ada.NewRunAsync();
        var made = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ada.Models.CreateVersionAsync(model.Id, Helpers.Spec(run.Id))));
        Assert.Equal(Enumerable.Range(1, 12), made.Select(v => v.Version).Order());
        var listed = new List<int>();
        await foreach (var version in ada.Models.AllVersionsAsync(model.Id, new ListQuery { Limit = 5 })) listed.Add(version.Version);
        Assert.Equal(Enumerable.Range(1, 12).Reverse(), listed);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_run_and_its_data_are_in_the_lineage(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync();
        var version = await ada.NewVersionAsync(model);
        var edges = await RoomHost.ReadAsync<LineageEdge[]>(await host.HttpFor("ada").GetAsync($"/api/v1/resources/{model.Id}/lineage"));
        var registered = Assert.Single(edges, e => e.Relation == "registered");
        Assert.Equal((version.RunId, "experiment", model.Id, "1"), (registered.From.Version, registered.From.Kind, registered.To.Id, registered.To.Version));
    }

    [Fact]
    public async Task Refuses_versions_that_cannot_be()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync();
        var spec = Helpers.Spec((await ada.NewRunAsync()).Id);
        async Task RefusedAsync(string field, CreateModelVersion wrong)
            => Assert.Equal(field, (await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Models.CreateVersionAsync(model.Id, wrong))).Fields[0].Field);
        await RefusedAsync("artifactPath", spec with { ArtifactPath = "nothing" });
        await RefusedAsync("artifactPath", spec with { ArtifactPath = "../model" });
        await RefusedAsync("artifactPath", spec with { ArtifactPath = "/etc" });
        await RefusedAsync("runId", spec with { RunId = "" });
        await RefusedAsync("flavor", spec with { Flavor = "" });
        await RefusedAsync("flavor", spec with { Flavor = "../mlnet" });
        await RefusedAsync("trainingData[0]", spec with { TrainingData = ["titanic"] });
        await RefusedAsync("tags", spec with { Tags = new Dictionary<string, string> { ["a\0"] = "" } });
        await RefusedAsync("signature.inputs", spec with { Signature = new ModelSignature() });
        await RefusedAsync("signature.inputs[0].datatype", spec with { Signature = FakeRuntime.Signature with { Inputs = [new TensorSpec { Name = "x", Datatype = "FLOAT" }] } });
        await RefusedAsync("signature.inputs[1].name", spec with { Signature = FakeRuntime.Signature with { Inputs = [new TensorSpec { Name = "x" }, new TensorSpec { Name = "x" }] } });
        await RefusedAsync("signature.outputs[0].shape", spec with { Signature = FakeRuntime.Signature with { Outputs = [new TensorSpec { Name = "y", Shape = [-1, -7] }] } });
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Models.CreateVersionAsync(model.Id, spec with { RunId = "run_0" }));
        Assert.Equal(0, (await ada.Models.GetAsync(model.Id)).LatestVersion);
    }

    public static TheoryData<string, object?[]?, string> BadExamples() => new()
    {
        { "missing", null, "inputExample.x" },
        { "unknown", [1L], "inputExample.unknown" },
        { "text for a number", ["one"], "inputExample.x" },
        { "a list for a number", [new object?[] { 1L }], "inputExample.x" },
        { "nothing", [], "inputExample.x" },
        { "truth for a word", [true], "inputExample.sex" },
        { "a word that is not allowed", ["neither"], "inputExample.sex" },
        { "half a number", [1.5], "inputExample.age" },
        { "too large", [300L], "inputExample.age" },
        { "a row that is too short", [new object?[] { 1L }], "inputExample.pair" },
        { "no row", [1L], "inputExample.pair" },
        { "uneven", [1L, 2L], "inputExample.age" },
    };

    [Theory, MemberData(nameof(BadExamples))]
    public async Task Refuses_an_example_that_does_not_fit_the_signature(string why, object?[]? values, string field)
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var name = field.Split('.')[1];
        var signature = FakeRuntime.Signature with
        {
            Inputs =
            [
                new TensorSpec { Name = "x", Datatype = "FP64" }, new TensorSpec { Name = "sex", Datatype = "BYTES", Values = ["male", "female"] },
                new TensorSpec { Name = "age", Datatype = "UINT8" }, new TensorSpec { Name = "pair", Datatype = "FP32", Shape = [-1, 2] }, new TensorSpec { Name = "may", Optional = true },
            ],
        };
        var example = new Dictionary<string, object?[]> { ["x"] = ["NaN"], ["sex"] = ["male"], ["age"] = [30L], ["pair"] = [new object?[] { 1L, null }] };
        var spec = Helpers.Spec((await ada.NewRunAsync()).Id) with { Signature = signature, InputExample = example };
        var model = await ada.NewModelAsync();
        Assert.Equal(1, (await ada.Models.CreateVersionAsync(model.Id, spec)).Version);
        if (values is null) example.Remove(name);
        else example[name] = values;
        var refused = await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Models.CreateVersionAsync(model.Id, spec));
        Assert.True(refused.Fields[0].Field == field, $"{why}: {refused.Message}");
    }

    [Fact]
    public async Task Nobody_registers_the_run_of_another_project()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        using var bob = host.Connect("bob");
        var secret = await ada.NewRunAsync();
        var own = await bob.Models.CreateAsync(new CreateModel { Name = "theft" });
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => bob.Models.CreateVersionAsync(own.Id, Helpers.Spec(secret.Id)));

        var model = await ada.NewModelAsync();
        await ada.NewVersionAsync(model);
        foreach (var call in new Func<Task>[]
        {
            () => bob.Models.GetAsync(model.Id), () => bob.Models.VersionsAsync(model.Id), () => bob.Models.GetVersionAsync(model.Id, "1"), () => bob.Models.ValidateAsync(model.Id, "1"),
            () => bob.Models.SetAliasAsync(model.Id, "production", 1), () => bob.Models.DeleteAliasAsync(model.Id, "production"), () => bob.Models.HistoryAsync(model.Id),
            () => bob.Models.DownloadFileAsync(model.Id, "1", "behaviour"), () => bob.Models.SetGateAsync(model.Id, new ValidationGate()), () => bob.Models.DeleteAsync(model.Id),
        })
            await Helpers.RefusedAsync(ErrorCodes.Forbidden, call);
        Assert.DoesNotContain((await bob.Models.ListAsync()).Items, m => m.Id == model.Id);
    }

    [Fact]
    public async Task Roles_in_the_project_say_who_does_what()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        using var vera = host.Connect("vera");
        using var carl = host.Connect("carl");
        using var otto = host.Connect("otto");
        var model = await ada.NewModelAsync();
        await carl.NewVersionAsync(model);
        await carl.Models.SetAliasAsync(model.Id, "staging", 1);
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => carl.Models.SetGateAsync(model.Id, new ValidationGate { ProtectedAliases = [] }));
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => vera.Models.SetAliasAsync(model.Id, "staging", 1));
        Assert.Equal("good", await new StreamReader(await vera.Models.DownloadFileAsync(model.Id, "staging", "behaviour")).ReadToEndAsync());
        Assert.Equal(1, (await otto.Models.GetVersionAsync(model.Id, "staging")).Version);
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => otto.Models.DownloadFileAsync(model.Id, "1", "behaviour"));
    }

    [Fact]
    public async Task Files_come_safely_and_by_their_own_paths_only()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync();
        var run = await ada.NewRunAsync();
        await ada.Runs.UploadArtifactAsync(run.Id, "model/page.html", new MemoryStream("<script>"u8.ToArray()));
        await ada.Models.CreateVersionAsync(model.Id, Helpers.Spec(run.Id));
        var http = host.HttpFor("ada");
        var response = await http.GetAsync($"/api/v1/models/{model.Id}/versions/1/files/page.html");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("application/octet-stream", "attachment"), (response.Content.Headers.ContentType!.MediaType, response.Content.Headers.ContentDisposition!.DispositionType));
        Assert.StartsWith("sandbox", response.Headers.GetValues("Content-Security-Policy").Single());
        await RoomHost.ProblemAsync(await http.GetAsync($"/api/v1/models/{model.Id}/versions/1/files/..%2f..%2fkeys%2fserver.key"), ErrorCodes.Invalid);
        await RoomHost.ProblemAsync(await http.GetAsync($"/api/v1/models/{model.Id}/versions/1/files/other"), ErrorCodes.NotFound);
        await RoomHost.ProblemAsync(await http.GetAsync($"/api/v1/models/{model.Id}/versions/2/files/behaviour"), ErrorCodes.NotFound);
        await RoomHost.ProblemAsync(await http.GetAsync($"/api/v1/models/{model.Id}/versions/99999999999999999999/files/behaviour"), ErrorCodes.NotFound);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Deleting_a_model_takes_everything_with_it(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var model = await ada.NewModelAsync();
        await ada.NewVersionAsync(model);
        await ada.Models.SetAliasAsync(model.Id, "production", 1);
        await Helpers.RefusedAsync(ErrorCodes.Stale, () => ada.Models.DeleteAsync(model.Id, ifRevision: 1));
        Assert.Equal(1, (await ada.Models.GetVersionAsync(model.Id, "production")).Version);
        await ada.Models.DeleteAsync(model.Id, ifRevision: (await ada.Models.GetAsync(model.Id)).Revision);
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Models.GetVersionAsync(model.Id, "1"));
        var next = await ada.Models.CreateAsync(new CreateModel { Project = "lab", Name = model.Name });
        Assert.Empty((await ada.Models.VersionsAsync(next.Id)).Items);
        Assert.Empty(await ada.MovesAsync(next.Id));
    }

    [Fact]
    public async Task The_registry_works_without_experiments()
    {
        await using var host = await RoomHost.StartAsync(new RegistryRoom());
        await host.CreateUserAsync("ada");
        using var ada = host.Connect("ada");
        var model = await ada.Models.CreateAsync(new CreateModel { Name = "alone" });
        var refused = await Helpers.RefusedAsync(ErrorCodes.RoomOff, () => ada.Models.CreateVersionAsync(model.Id, Helpers.Spec("run_1")));
        Assert.Contains("Rooms__Experiments=true", refused.Message);
        Assert.Equal(model.Id, Assert.Single((await ada.Models.ListAsync()).Items).Id);
    }
}
