using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Cli.Import;

/// <summary>An experiment of the database, with where its files are.</summary>
internal sealed record FoundExperiment(string Id, string Location, ImportExperiment Spec);

/// <summary>Reads what an MLflow database has, a part at a time.</summary>
internal sealed partial class MlflowReader(MlflowDatabase database, ImportTally tally)
{
    private const int TextLength = 100_000;

    /// <summary>
    /// What tells this database from others, wherever it lies: its first experiment, which no later change alters.
    /// </summary>
    public async Task<string> SourceAsync(CancellationToken cancellationToken)
    {
        var created = database.Column("experiments", "creation_time");
        await foreach (var row in database.ReadAsync($"SELECT experiment_id, {created}, artifact_location FROM experiments ORDER BY experiment_id LIMIT 1", null, cancellationToken))
            return Hash($"mlflow|{row.Text(0)}|{row.Text(1)}|{(row.Text(1) is null ? row.Text(2) : "")}");
        throw new CliException("The database has no experiments; there is nothing to import.");
    }

    /// <summary>The experiments, or those of these names.</summary>
    public async Task<IReadOnlyList<FoundExperiment>> ExperimentsAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var tags = new Dictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        if (database.Has("experiment_tags"))
            await foreach (var row in database.ReadAsync("SELECT experiment_id, key, value FROM experiment_tags", null, cancellationToken)) Pair(tags, row);
        var found = new List<FoundExperiment>();
        string Column(string name) => database.Column("experiments", name);
        await foreach (var row in database.ReadAsync(
            $"SELECT experiment_id, name, artifact_location, lifecycle_stage, {Column("creation_time")}, {Column("last_update_time")}, {Column("workspace")} FROM experiments ORDER BY experiment_id", null, cancellationToken))
        {
            var (id, name) = (row.Text(0), InWorkspace(row.Text(6), row.Text(1)));
            if (id is null || string.IsNullOrWhiteSpace(name))
            {
                tally.Refuse(tally.Experiments, $"experiment {id}: it has no name");
                continue;
            }
            if (names.Count > 0 && !names.Contains(name)) continue;
            var location = row.Text(2) ?? "";
            var spec = new ImportExperiment
            {
                Name = name,
                ArtifactLocation = ArtifactFolder.IsOutside(location) ? location : null,
                IsDeleted = row.Text(3) == "deleted",
                CreatedAt = row.At(4),
                UpdatedAt = row.At(5),
                Tags = tags.GetValueOrDefault(id) ?? [],
            };
            found.Add(new FoundExperiment(id, location, spec with { Version = VersionOf(spec) }));
        }
        if (names.FirstOrDefault(n => found.All(e => e.Spec.Name != n)) is { } missing) throw new CliException($"The database has no experiment '{missing}'.", null, ExitCodes.NotFound);
        return found;
    }

    /// <summary>Counts the rows that belong to no run or experiment, and what is there besides.</summary>
    public async Task CountOrphansAsync(CancellationToken cancellationToken)
    {
        foreach (var (table, name) in ((string, string)[])[("trace_info", "traces"), ("evaluation_datasets", "evaluation datasets"), ("scorers", "scorers"), ("webhooks", "webhooks")]) await CountBesidesAsync(table, name, cancellationToken);
        foreach (var table in (string[])["metrics", "params", "tags"])
            if (await database.CountAsync($"SELECT COUNT(*) FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.run_uuid = t.run_uuid)", null, cancellationToken) is > 0 and var count) tally.Orphans[table] = count;
        if (await database.CountAsync("SELECT COUNT(*) FROM runs t WHERE NOT EXISTS (SELECT 1 FROM experiments e WHERE e.experiment_id = t.experiment_id)", null, cancellationToken) is > 0 and var lost) tally.Orphans["runs"] = lost;
    }

    private async Task CountBesidesAsync(string table, string name, CancellationToken cancellationToken)
    {
        if (database.Has(table) && await database.CountAsync($"SELECT COUNT(*) FROM {table}", null, cancellationToken) is > 0 and var count) tally.NotImported[name] = count;
    }

    /// <summary>Counts runs, their metric points and logged models of experiments.</summary>
    public async Task CountAsync(IReadOnlyList<string> experiments, CancellationToken cancellationToken)
    {
        foreach (var part in experiments.Chunk(500))
        {
            var (list, args) = (MlflowDatabase.List(part.Length), Numbers(part));
            tally.Runs.Found += await database.CountAsync($"SELECT COUNT(*) FROM runs WHERE experiment_id IN ({list})", args, cancellationToken);
            tally.MetricPoints.Found += await database.CountAsync($"SELECT COUNT(*) FROM metrics WHERE run_uuid IN (SELECT run_uuid FROM runs WHERE experiment_id IN ({list}))", args, cancellationToken);
            if (database.Has("logged_models")) tally.LoggedModels.Found += await database.CountAsync($"SELECT COUNT(*) FROM logged_models WHERE experiment_id IN ({list})", args, cancellationToken);
        }
    }

    /// <summary>A text that changes when the thing does.</summary>
    public static string VersionOf(object thing) => Hash(JsonSerializer.Serialize(thing, thing.GetType(), DowelJson.Options));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // Names are unique in a workspace of MLflow 3.11 and later; a project has none.
    private static string? InWorkspace(string? workspace, string? name) => workspace is null or "" or "default" ? name : $"{workspace}/{name}";

    private static object?[] Numbers(IEnumerable<string> ids) => [.. ids.Select(i => (object)long.Parse(i, System.Globalization.CultureInfo.InvariantCulture))];

    private void Pair(Dictionary<string, SortedDictionary<string, string>> pairs, MlflowRow row)
    {
        var (owner, key, value) = (row.Text(0), row.Text(1), row.Text(2));
        if (owner is null || key is null) return;
        if (value?.Length > TextLength) tally.Skip(owner, "value", key, $"it is longer than {TextLength} characters");
        else (pairs.TryGetValue(owner, out var own) ? own : pairs[owner] = new(StringComparer.Ordinal))[key] = value ?? "";
    }

    private static string Clip(string? text, int most)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var clean = text.Contains('\0') ? text.Replace("\0", "", StringComparison.Ordinal) : text;
        return clean.Length <= most ? clean : clean[..(char.IsHighSurrogate(clean[most - 1]) ? most - 1 : most)];
    }
}
