using System.Globalization;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Cli.Tests.Import;

/// <summary>Imports databases made here into a server, on both engines, and compares what it has with what they had.</summary>
public class ImportTests
{
    private const string ModelId = "m-1234567890abcdef1234567890abcdef";

    public static IEnumerable<TheoryDataRow<Engine>> AllEngines() => Engines.All();

    private static string[] Ids(int runs) => [.. Enumerable.Range(1, runs).Select(MlflowSource.Id), MlflowSource.Id(100_001)];

    [Theory, MemberData(nameof(AllEngines))]
    public async Task Everything_comes_as_it_was_and_a_second_import_changes_nothing(Engine engine)
    {
        await using var source = await MlflowSource.CreateAsync(engine);
        await source.FillAsync(30, 40);
        await using var target = await Target.StartAsync(engine);

        var first = await target.TallyAsync(source);
        Assert.Equal(3, first.GetProperty("experiments").GetProperty("imported").GetInt64());
        Assert.Equal(31, first.GetProperty("runs").GetProperty("imported").GetInt64());
        Assert.Equal(30 * 46, first.GetProperty("metricPoints").GetProperty("imported").GetInt64());
        Assert.Equal(61, first.GetProperty("files").GetProperty("imported").GetInt64());
        Assert.Equal(0, first.GetProperty("refused").GetInt64());
        Assert.Equal(0, first.GetProperty("skipped").GetInt64());
        var dump = await target.DumpAsync(Ids(30));
        var lines = dump.Split('\n');
        Assert.Contains($"experiment churn / ünï 'q' mlflow.note.content=# note,team=a {MlflowSource.Then + 1} {MlflowSource.Then + 1001} runs=24", lines);
        for (var r = 1; r <= 30; r++)
        {
            var (id, at) = (MlflowSource.Id(r), MlflowSource.Then);
            var status = (r % 5) switch { 0 => "Failed", 1 => "Running", 2 => "Killed", _ => "Finished" };
            Assert.Contains(lines, l => l == $"run {id} in {(r % 7 == 0 ? "Default" : "churn / ünï 'q'")} run {r} {status} {(r % 2 == 0 ? "marie" : "pierre")} {at} {(status == "Running" ? "-" : $"{at + 60_000}")} "
                + string.Create(CultureInfo.InvariantCulture, $"long={new string('p', 6000)},lr={r / 100.0} long={new string('é', 8000)},mlflow.runName=run {r},mlflow.user=marie loss={1.0 / 40},odd/inf=Infinity,odd/max={double.MaxValue},odd/nan=0,twice=2"));
            Assert.Contains($"metric {id} loss {string.Join(' ', Enumerable.Range(0, 40).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p}@{at + p}={1.0 / (p + 1):R}")))}", lines);
            Assert.Contains($"metric {id} twice 0@{at}=1 0@{at}=2", lines);
            Assert.Contains(lines, l => l == $"metric {id} odd/nan 0@{at}=0 0@{at}=NaN" || l == $"metric {id} odd/nan 0@{at}=NaN 0@{at}=0");
            Assert.Contains($"file {id} notes %25 ü.txt {source.File($"{(r % 7 == 0 ? 0 : 1)}/{id}/artifacts/notes %25 ü.txt", $"notes of {r}")} {$"notes of {r}".Length}", lines);
        }
        Assert.Contains($"model churn who leaves domain=telco next=4,production=3 {MlflowSource.Then} {MlflowSource.Then + 5000} latest=4", lines);
        var mlModel = source.File("1/x/artifacts/model/MLmodel", "flavors: {}\n");
        Assert.Contains($"version churn 1 version 1 None runs:/{MlflowSource.Id(1)}/model {MlflowSource.Id(1)}  {MlflowSource.Then + 1} {MlflowSource.Then + 101}  MLmodel:{mlModel}", lines);
        Assert.Contains($"version churn 3 version 3 Production runs:/{MlflowSource.Id(3)}/model {MlflowSource.Id(3)}  {MlflowSource.Then + 3} {MlflowSource.Then + 103} checked=yes MLmodel:{mlModel}", lines);
        Assert.Contains(lines, l => l.StartsWith($"version churn 4 version 4 None models:/{ModelId} ", StringComparison.Ordinal));
        Assert.Contains("history churn Alias 3 production  3 ada imported", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("version churn 6", StringComparison.Ordinal));

        var audit = await RoomHost.ReadAsync<Page<AuditRecord>>(await target.Host.AdminClient.GetAsync("/api/v1/audit?limit=1000"));
        var second = await target.TallyAsync(source);
        foreach (var part in (string[])["experiments", "runs", "metricPoints", "loggedModels", "files", "models", "modelVersions", "aliases"])
        {
            Assert.Equal(0, second.GetProperty(part).GetProperty("imported").GetInt64());
            Assert.Equal(second.GetProperty(part).GetProperty("found").GetInt64(), second.GetProperty(part).GetProperty("present").GetInt64());
        }
        Assert.Equal(dump, await target.DumpAsync(Ids(30)));
        Assert.Equal(audit.Items[0].Seq, (await RoomHost.ReadAsync<Page<AuditRecord>>(await target.Host.AdminClient.GetAsync("/api/v1/audit?limit=1"))).Items[0].Seq);
        // The next number is one that MLflow never gave.
        using var client = target.Host.Connect("ada");
        Assert.Equal(7, (await client.Models.CreateVersionAsync("lab.churn", new CreateModelVersion { RunId = MlflowSource.Id(1), Flavor = "mlnet" })).Version);
    }

    [Theory, MemberData(nameof(AllEngines))]
    public async Task What_is_interrupted_goes_on_and_is_the_same_in_the_end(Engine engine)
    {
        await using var source = await MlflowSource.CreateAsync(engine);
        await source.FillAsync(300, 60);
        await using var whole = await Target.StartAsync(engine);
        Assert.Equal(0, await whole.ImportAsync(source));
        var expected = await whole.DumpAsync(Ids(300));

        await using var target = await Target.StartAsync(engine);
        var random = new Random(1912);
        var stopped = 0;
        for (var attempt = 0; attempt < 12; attempt++)
        {
            using var stop = new CancellationTokenSource(random.Next(30, 900));
            var exit = await target.RunAsync("ada", source, stop.Token);
            Assert.True(exit is ExitCodes.Interrupted or ExitCodes.Ok, target.Error);
            if (exit == ExitCodes.Interrupted) stopped++;
            // The server's own restart loses nothing either.
            if (attempt == 4) await target.Host.RestartAsync();
        }
        Assert.True(stopped > 2, $"only {stopped} were interrupted");
        var last = await target.TallyAsync(source);
        Assert.Equal(0, last.GetProperty("refused").GetInt64());
        Assert.Equal(expected, await target.DumpAsync(Ids(300)));
    }

    [Theory, MemberData(nameof(AllEngines))]
    public async Task What_is_new_at_the_source_comes_with_the_next_import(Engine engine)
    {
        await using var source = await MlflowSource.CreateAsync(engine);
        await source.FillAsync(5, 3);
        await using var target = await Target.StartAsync(engine);
        Assert.Equal(0, await target.ImportAsync(source));

        // A point before those that came, a run that ended, a tag, a run, a version; an alias that is protected here.
        await source.MetricAsync(MlflowSource.Id(1), "a first", 5, 0, 1);
        await source.SqlAsync("UPDATE runs SET status = 'FINISHED', end_time = @p0 WHERE run_uuid = @p1", MlflowSource.Then + 7, MlflowSource.Id(1));
        await source.TagAsync(MlflowSource.Id(2), "later", "x");
        await source.RunAsync(MlflowSource.Id(6), 1, "new");
        await source.VersionAsync("churn", 7, MlflowSource.Id(2), stage: "Production");
        await source.SqlAsync("UPDATE registered_model_aliases SET version = 7");
        var tally = await target.TallyAsync(source);
        Assert.Equal(3, tally.GetProperty("runs").GetProperty("imported").GetInt64());
        using var client = target.Host.Connect("ada");
        var run = await client.Runs.GetAsync(MlflowSource.Id(1));
        Assert.Equal((RunStatus.Finished, 5.0), (run.Status, run.Metrics["a first"]));
        Assert.Equal(3, (await client.Runs.MetricAsync(run.Id, "loss")).Count);
        Assert.Equal("x", (await client.Runs.GetAsync(MlflowSource.Id(2))).Tags["later"]);
        var model = await client.Models.GetAsync("lab.churn");
        Assert.Equal(7, model.Aliases["next"]);
        Assert.Equal(3, model.Aliases["production"]);
        Assert.Equal("None", (await client.Models.GetVersionAsync("lab.churn", "7")).Stage);
        Assert.Equal(2, tally.GetProperty("skippedValues").EnumerateArray().Count(s => s.GetProperty("why").GetString()!.Contains("protected", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_in_the_way_is_refused_and_the_rest_comes()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite);
        await source.FillAsync(4, 2);
        await using var target = await Target.StartAsync(Engine.Sqlite);
        Assert.Equal(0, await target.ImportAsync(source, "--project", "other", "--experiment", "Default"));
        Assert.Equal(0, await target.ImportAsync(source, "--project", "other", "--experiment", "churn / ünï 'q'"));
        using var client = target.Host.Connect("ada");
        await client.Models.CreateAsync(new CreateModel { Name = "churn", Project = "lab" });
        await client.Experiments.CreateAsync(new CreateExperiment { Name = "Default", Project = "lab", Tags = new Dictionary<string, string> { ["own"] = "1" } });
        await source.RunAsync(MlflowSource.Id(9), 0, "free");

        var tally = await target.TallyAsync(source, ExitCodes.Failed);
        Assert.Equal(4, tally.GetProperty("runs").GetProperty("refused").GetInt64());
        Assert.Equal(1, tally.GetProperty("loggedModels").GetProperty("refused").GetInt64());
        Assert.Equal(1, tally.GetProperty("models").GetProperty("refused").GetInt64());
        Assert.Equal(2, tally.GetProperty("runs").GetProperty("imported").GetInt64());
        // The one of that name took the new run in, and kept what it had.
        var joined = await client.Experiments.GetAsync("lab.Default");
        Assert.Equal((1, "1"), (joined.Runs, joined.Tags["own"]));
        Assert.Equal("other", (await client.Experiments.GetAsync((await client.Runs.GetAsync(MlflowSource.Id(1))).ExperimentId)).Project);
        Assert.Empty((await client.Models.VersionsAsync("lab.churn")).Items);
    }

    [Fact]
    public async Task A_dry_run_counts_and_leaves_nothing()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite);
        await source.FillAsync(4, 2);
        await using var target = await Target.StartAsync(Engine.Sqlite);
        var tally = await target.TallyAsync(source, 0, "--dry-run");
        Assert.Equal((3, 5, 4 * 8, 9, 3), (tally.GetProperty("experiments").GetProperty("found").GetInt32(), tally.GetProperty("runs").GetProperty("found").GetInt32(),
            tally.GetProperty("metricPoints").GetProperty("found").GetInt32(), tally.GetProperty("files").GetProperty("found").GetInt32(), tally.GetProperty("modelVersions").GetProperty("found").GetInt32()));
        using var client = target.Host.Connect("ada");
        Assert.Empty((await client.Experiments.ListAsync(new ListQuery { Project = "lab" })).Items);
        Assert.Empty((await client.Models.ListAsync(new ListQuery { Project = "lab" })).Items);
    }

    [Fact]
    public async Task It_takes_a_contributor()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite);
        await source.FillAsync(2, 1);
        await using var target = await Target.StartAsync(Engine.Sqlite);
        Assert.Equal(ExitCodes.Denied, await target.RunAsync("vera", source, CancellationToken.None));
        Assert.Equal(ExitCodes.Denied, await target.RunAsync("vera", source, CancellationToken.None, "--dry-run"));
        using var client = target.Host.Connect("ada");
        Assert.Empty((await client.Experiments.ListAsync(new ListQuery { Project = "lab" })).Items);
    }

    [Fact]
    public async Task An_old_database_without_logged_models_comes_as_well()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite, isOld: true);
        await source.ExperimentAsync(0, "Default");
        await source.RunAsync(MlflowSource.Id(1), 0, "");
        await source.TagAsync(MlflowSource.Id(1), "mlflow.runName", "by tag");
        await source.InsertAsync("datasets", "d1", 0, "iris", "abc", "http", "x", null, null);
        await source.InsertAsync("inputs", "i1", "DATASET", "d1", "RUN", MlflowSource.Id(1));
        Directory.CreateDirectory(source.Artifacts);
        await using var target = await Target.StartAsync(Engine.Sqlite);
        Assert.Equal(0, await target.ImportAsync(source));
        using var client = target.Host.Connect("ada");
        Assert.Equal("by tag", (await client.Runs.GetAsync(MlflowSource.Id(1))).Name);
    }
}
