using Dowel.Contracts;
using Dowel.Testing;
using Microsoft.Data.Sqlite;

namespace Dowel.Registry.Tests;

public sealed class HistoryTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Every_change_is_kept_with_who_when_why_from_what_to_what(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        using var carl = host.Connect("carl");
        var model = await ada.NewModelAsync(new ValidationGate { ProtectedAliases = [] });
        var begin = TimeProvider.System.GetUtcNow().AddSeconds(-5);
        var version = await carl.NewVersionAsync(model);
        await ada.Models.UpdateAsync(model.Id, new ResourcePatch { Name = model.Name + "-2", Description = "what it is", Tags = new Dictionary<string, string> { ["team"] = "red", ["draft"] = "yes" } }, reason: "tidied");
        await ada.Models.UpdateAsync(model.Id, new ResourcePatch { Tags = new Dictionary<string, string> { ["team"] = "blue" } });
        await carl.Models.UpdateVersionAsync(model.Id, "1", new PatchModelVersion { Description = "better", Tags = new Dictionary<string, string?> { ["ok"] = "yes" }, Reason = "reviewed" });
        await carl.Models.UpdateVersionAsync(model.Id, "1", new PatchModelVersion { Tags = new Dictionary<string, string?> { ["ok"] = null, ["none"] = null } });
        await carl.Models.SetAliasAsync(model.Id, "champion", 1, "the only one");
        await carl.Models.SetStageAsync(model.Id, "champion", new SetStage("staging", Reason: "for MLflow"));
        await ada.Models.SetGateAsync(model.Id, new ValidationGate());
        await ada.Models.SetGateAsync(model.Id, new ValidationGate());
        await ada.Models.DeleteVersionAsync(model.Id, "1", "wrong data");

        var history = new List<ModelChange>();
        await foreach (var change in ada.Models.AllHistoryAsync(model.Id, new HistoryQuery { Limit = 4 })) history.Add(change);
        string Show(ModelChange c) => $"{c.Kind} {c.Version} {c.Subject} {(c.Kind == ModelChangeKind.Gate ? "" : $"{c.From ?? "-"} > {c.To ?? "-"}")} {c.By} {c.Reason}";
        Assert.Equal(
            [
                $"Version 1  {version.Source} > - ada wrong data", "Alias 1 champion 1 > - ada wrong data", "Gate    ada ", "Stage 1  None > Staging carl for MLflow", "Alias 1 champion - > 1 carl the only one",
                "Tag 1 ok yes > - carl ", "Tag 1 ok - > yes carl reviewed", "Description 1   > better carl reviewed", "Tag  draft yes > - ada ", "Tag  team red > blue ada ", "Tag  draft - > yes ada tidied", "Tag  team - > red ada tidied",
                "Description    > what it is ada tidied", $"Name   {model.Name} > {model.Name}-2 ada tidied", $"Version 1  - > {version.Source} carl ",
            ],
            history.Select(Show));
        Assert.Equal(history.Select(c => c.Id).OrderDescending(), history.Select(c => c.Id));
        Assert.All(history, c => Assert.InRange(c.At, begin, begin.AddMinutes(5)));
        Assert.Equal(6, (await ada.Models.HistoryAsync(model.Id, new HistoryQuery { Kind = ModelChangeKind.Tag })).Items.Count);
        Assert.Equal(8, (await ada.Models.HistoryAsync(model.Id, new HistoryQuery { Version = 1 })).Items.Count);
        Assert.Equal(2, (await carl.NewVersionAsync(model)).Version);

        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => carl.Models.UpdateVersionAsync(model.Id, "2", new PatchModelVersion { Reason = new string('x', 5001) }));
        await RoomHost.ProblemAsync(await host.HttpFor("ada").GetAsync($"/api/v1/models/{model.Id}/history?kind=weather"), ErrorCodes.Invalid);
        Assert.Equal(["model.create", "model.version", "model.update", "model.update", "model.version.update", "model.version.update", "model.alias", "model.stage", "model.gate", "model.gate", "model.version.delete", "model.version"],
            (await host.AuditOfAsync(model.Id)).Select(r => r.Action));
    }

    [Fact]
    public async Task Alias_moves_of_before_are_part_of_it()
    {
        await using var host = await RoomHost.StartAsync(new RegistryRoom());
        await host.CreateUserAsync("ada");
        using var ada = host.Connect("ada");
        var model = await ada.Models.CreateAsync(new CreateModel { Name = "old" });
        await host.RestartAsync(() => Before(Path.Combine(host.DataDir, "dowel.db"), model.Id));
        using var again = host.Connect("ada");
        Assert.Equal([("prod", 1, "1", null, "gone"), ("prod", 1, null, "1", "")], (await again.Models.HistoryAsync(model.Id)).Items.Select(c => (c.Subject, c.Version, c.From, c.To, c.Reason)));
    }

    // Takes the database back to where it was before the migration.
    private static void Before(string file, string modelId)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            DROP TABLE registry_history; DROP TABLE registry_approvals;
            DROP INDEX ix_registry_versions_source; DROP INDEX ix_registry_versions_updated; DROP INDEX ix_registry_versions_stage; DROP INDEX ix_registry_version_tags_sort;
            ALTER TABLE registry_models DROP COLUMN gate_revision; ALTER TABLE registry_version_tags DROP COLUMN sort_value;
            {string.Concat(new[] { "source", "source_sort", "storage", "run_link", "logged_model_id", "stage", "updated_at" }.Select(c => $"ALTER TABLE registry_versions DROP COLUMN {c};"))}
            CREATE TABLE registry_alias_moves (id INTEGER PRIMARY KEY AUTOINCREMENT, model_id TEXT, alias TEXT, from_number INTEGER, to_number INTEGER, at INTEGER, by_id TEXT, by_name TEXT, reason TEXT);
            INSERT INTO registry_alias_moves (model_id, alias, from_number, to_number, at, by_id, by_name, reason) VALUES ('{modelId}', 'prod', NULL, 1, 5, 'u', 'ada', ''), ('{modelId}', 'prod', 1, NULL, 6, 'u', 'ada', 'gone');
            DELETE FROM kernel_schema_version WHERE version = 500002;
            """;
        command.ExecuteNonQuery();
    }
}
