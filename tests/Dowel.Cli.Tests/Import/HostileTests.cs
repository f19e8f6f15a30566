using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Cli.Tests.Import;

/// <summary>Databases that somebody else made, and callers who send what the command would not.</summary>
public class HostileTests
{
    [Fact]
    public async Task No_file_outside_of_the_artifacts_is_read()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite);
        var secret = Path.Combine(source.Folder, "secret");
        Directory.CreateDirectory(secret);
        await File.WriteAllTextAsync(Path.Combine(secret, "key"), "s3cret");
        await source.ExperimentAsync(0, "Default");
        string[] uris = [secret, $"file://{secret}", $"file://{source.Artifacts}/../secret", "mlflow-artifacts:/../secret", "mlflow-artifacts:/0/%2e%2e/%2e%2e/secret", "mlflow-artifacts://host/../../secret", "../secret", "./../secret", "/etc", "mlflow-artifacts:/link", ""];
        for (var i = 0; i < uris.Length; i++) await source.RunAsync(MlflowSource.Id(i + 1), 0, $"run {i}", uri: uris[i]);
        await source.RunAsync(MlflowSource.Id(99), 0, "fine");
        source.File($"0/{MlflowSource.Id(99)}/artifacts/ok.txt", "ok");
        Directory.CreateSymbolicLink(Path.Combine(source.Artifacts, "link"), secret);
        Directory.CreateSymbolicLink(Path.Combine(source.Artifacts, $"0/{MlflowSource.Id(99)}/artifacts/folder"), secret);
        File.CreateSymbolicLink(Path.Combine(source.Artifacts, $"0/{MlflowSource.Id(99)}/artifacts/key"), Path.Combine(secret, "key"));
        await using var target = await Target.StartAsync(Engine.Sqlite);
        var tally = await target.TallyAsync(source);
        Assert.Equal(1, tally.GetProperty("files").GetProperty("imported").GetInt64());
        Assert.Equal(2, tally.GetProperty("filesNotRead").GetProperty("links are not followed").GetInt64());
        using var client = target.Host.Connect("ada");
        for (var i = 0; i < uris.Length; i++) Assert.Empty(await client.Runs.ArtifactsAsync(MlflowSource.Id(i + 1)));
        Assert.Equal(["ok.txt"], (await client.Runs.ArtifactsAsync(MlflowSource.Id(99))).Select(f => f.Path));
    }

    [Fact]
    public async Task Without_a_named_folder_only_what_lies_beside_the_database_is_read()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite);
        await source.ExperimentAsync(0, "Default", location: "/etc");
        await source.RunAsync(MlflowSource.Id(1), 0, "run", uri: "/etc");
        await using var target = await Target.StartAsync(Engine.Sqlite);
        Assert.Equal(ExitCodes.Usage, await target.ImportAsync(source, "--no-folder"));
        await source.SqlAsync("UPDATE experiments SET artifact_location = @p0", Path.Combine(source.Folder, "mlruns", "0"));
        await source.SqlAsync("UPDATE runs SET artifact_uri = @p0", Path.Combine(source.Folder, "mlruns", "0", "x", "artifacts"));
        Directory.CreateDirectory(Path.Combine(source.Folder, "mlruns", "0", "x", "artifacts"));
        await File.WriteAllTextAsync(Path.Combine(source.Folder, "mlruns", "0", "x", "artifacts", "a.txt"), "a");
        Assert.Equal(0, await target.ImportAsync(source, "--no-folder"));
        using var client = target.Host.Connect("ada");
        Assert.Single(await client.Runs.ArtifactsAsync(MlflowSource.Id(1)));
    }

    [Fact]
    public async Task Broken_rows_are_counted_and_told()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite);
        await source.ExperimentAsync(0, "Default");
        var run = MlflowSource.Id(1);
        await source.RunAsync(run, 0, "run", status: "ODD");
        await source.RunAsync("../../etc", 0, "bad id");
        await source.RunAsync(MlflowSource.Id(2), 77, "of no experiment");
        await source.MetricAsync("nobody", "m", 1, 0, 1);
        await source.ParamAsync("nobody", "p", "1");
        await source.TagAsync(run, "bad//key", "1");
        await source.TagAsync(run, "fine", "1");
        await source.MetricAsync(run, "m", 1, 0, MlflowSource.Then);
        await source.MetricAsync(run, "no\nkey", 1, 0, MlflowSource.Then);
        await source.MetricAsync(run, "late", 1, 0, long.MaxValue);
        await source.SqlAsync("INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ('text', 'abc', 1, @p0, 0, 0), (NULL, 1, 1, @p0, 0, 0), ('nothing', NULL, 1, @p0, 0, 0)", run);
        await source.InsertAsync("inputs", "i1", "DATASET", "not there", "RUN", run, 0);
        await using var target = await Target.StartAsync(Engine.Sqlite);
        var tally = await target.TallyAsync(source, ExitCodes.Failed, "--skip-artifacts");
        Assert.Equal(1, tally.GetProperty("refused").GetInt64());
        Assert.Equal((1, 1, 1), (tally.GetProperty("orphans").GetProperty("metrics").GetInt32(), tally.GetProperty("orphans").GetProperty("params").GetInt32(), tally.GetProperty("orphans").GetProperty("runs").GetInt32()));
        Assert.Equal(8, tally.GetProperty("skipped").GetInt64());
        using var client = target.Host.Connect("ada");
        var there = await client.Runs.GetAsync(run);
        Assert.Equal("m", string.Join(',', there.Metrics.Keys));
        Assert.Equal("fine", string.Join(',', there.Tags.Keys));
        var again = await target.TallyAsync(source, ExitCodes.Failed, "--skip-artifacts");
        Assert.Equal(0, again.GetProperty("metricPoints").GetProperty("imported").GetInt64());
    }

    [Fact]
    public async Task What_is_no_such_database_is_told()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite);
        await using var target = await Target.StartAsync(Engine.Sqlite);
        Assert.Equal(ExitCodes.Usage, await target.ImportAsync(source, "--from", source.Folder));
        Assert.Contains("file store", target.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await target.ImportAsync(source, "--from", "mysql://host/db"));
        Assert.Equal(ExitCodes.Usage, await target.ImportAsync(source, "--from", "http://127.0.0.1:5000"));
        Assert.Equal(ExitCodes.Failed, await target.ImportAsync(source, "--from", Path.Combine(source.Folder, "none.db")));
        await source.SqlAsync("ALTER TABLE runs DROP COLUMN artifact_uri");
        Assert.Equal(ExitCodes.Failed, await target.ImportAsync(source));
        Assert.Contains("runs.artifact_uri", target.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hash_alone_gives_no_content_of_another_project()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite);
        await source.FillAsync(2, 1);
        await using var target = await Target.StartAsync(Engine.Sqlite);
        Assert.Equal(0, await target.ImportAsync(source));
        await target.Host.CreateUserAsync("eve");
        await target.Host.CreateProjectAsync("eve", "evil");
        using var eve = target.Host.HttpFor("eve");
        var root = $"/api/v1/import/mlflow/evil/{new string('a', 64)}";
        await RoomHost.ReadAsync<ImportedExperiment>(await eve.PutAsJsonAsync($"{root}/experiments/0", new ImportExperiment { Name = "e", Version = "1" }, DowelJson.Options));
        await RoomHost.ReadAsync<ImportResult>(await eve.PostAsJsonAsync($"{root}/experiments/0/runs", new ImportRuns { Runs = [new ImportRun { Id = "evil1", Version = "1", Name = "e" }] }, DowelJson.Options));
        var hash = source.File("0/x", "notes of 1");
        var answer = await RoomHost.ReadAsync<ImportFilesState>(await eve.PostAsJsonAsync($"{root}/files/check", new ImportFiles { Files = [new ImportFile("evil1", "stolen", hash, 10), new ImportFile("evil1", "../x", hash, 10)] }, DowelJson.Options));
        Assert.Equal([ImportFileAnswer.Missing, ImportFileAnswer.Refused], answer.Files.Select(f => f.State));

        // Another project's runs are no business of this source.
        var run = MlflowSource.Id(1);
        foreach (var (path, body) in new (string, object)[]
        {
            ("experiments/0/runs", new ImportRuns { Runs = [new ImportRun { Id = run, Version = "x", Name = "mine" }] }),
            ("metrics", new ImportMetrics { Runs = [new ImportSeries { Run = run, Of = 1, Keys = ["k"], Key = [0], Value = [1], Step = [0], At = [1] }] }),
            ("files/check", new ImportFiles { Files = [new ImportFile(run, "x", hash, 1)] }),
        })
        {
            var refused = await eve.PostAsJsonAsync($"{root}/{path}", body, DowelJson.Options);
            Assert.True((int)refused.StatusCode is 404 or 409, $"{path}: {refused.StatusCode}");
        }
        Assert.Equal(404, (int)(await eve.PutAsync($"{root}/files/{run}/x", new StringContent("x"))).StatusCode);
        Assert.Equal(403, (int)(await eve.PostAsJsonAsync($"/api/v1/import/mlflow/lab/{new string('a', 64)}/runs/check", new ImportCheck(), DowelJson.Options)).StatusCode);
    }

    [Fact]
    public async Task Malformed_calls_are_refused_whole()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite);
        await source.FillAsync(2, 1);
        await using var target = await Target.StartAsync(Engine.Sqlite);
        Assert.Equal(0, await target.ImportAsync(source));
        var fingerprint = (await target.TallyAsync(source)).GetProperty("source").GetString();
        using var ada = target.Host.HttpFor("ada");
        var root = $"/api/v1/import/mlflow/lab/{fingerprint}";
        var run = MlflowSource.Id(1);
        ImportSeries Series(long of, long offset) => new() { Run = run, Of = of, Offset = offset, Keys = ["k"], Key = [0], Value = [1], Step = [0], At = [1] };
        foreach (var (path, body, status) in new (string, object, int)[]
        {
            ("metrics", new ImportMetrics { Runs = [Series(100, 50)] }, 409),
            ("metrics", new ImportMetrics { Runs = [Series(1, 1)] }, 400),
            ("metrics", new ImportMetrics { Runs = [Series(1, 0), Series(1, 0)] }, 400),
            ("metrics", new ImportMetrics { Runs = [Series(1, 0) with { Key = [7] }] }, 400),
            ("metrics", new ImportMetrics { Runs = [Series(1, 0) with { Step = [] }] }, 400),
            ("metrics", new ImportMetrics { Runs = [Series(1, 0) with { Left = -5 }] }, 400),
            ("experiments/1/runs", new ImportRuns { Runs = [new ImportRun { Id = "fresh", Version = "1", Name = "n" }, new ImportRun { Id = "m-fresh", Version = "1", Name = "n" }] }, 400),
            ("experiments/999/runs", new ImportRuns { Runs = [new ImportRun { Id = "fresh", Version = "1", Name = "n" }] }, 404),
            ("runs/check", new ImportCheck { Items = [.. Enumerable.Range(0, 1001).Select(i => new ImportItem($"{i}", "1"))] }, 400),
            ("models/versions", new ImportModelVersions { Model = "churn", Versions = [new ImportModelVersion { Number = 9, Version = "1", Source = "/etc/passwd" }] }, 400),
            ("models/versions", new ImportModelVersions { Model = "nothing", Versions = [] }, 404),
        })
        {
            var answer = await ada.PostAsJsonAsync($"{root}/{path}", body, DowelJson.Options);
            Assert.True((int)answer.StatusCode == status, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
        using var client = target.Host.Connect("ada");
        Assert.Equal(404, (int)(await ada.GetAsync("/api/v1/runs/fresh")).StatusCode);
        Assert.DoesNotContain("k", (await client.Runs.GetAsync(run)).Metrics.Keys);
        Assert.Equal(400, (int)(await ada.PostAsJsonAsync("/api/v1/import/mlflow/lab/nothing/runs/check", new ImportCheck(), DowelJson.Options)).StatusCode);
    }
}
