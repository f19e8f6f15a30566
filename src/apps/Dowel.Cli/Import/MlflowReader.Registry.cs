using System.Text.RegularExpressions;
using Dowel.Contracts;

namespace Dowel.Cli.Import;

/// <summary>A registered model of the database, with its versions and aliases.</summary>
internal sealed record FoundModel(ImportModel Spec, DateTimeOffset? UpdatedAt, IReadOnlyList<ImportModelVersion> Versions, IReadOnlyDictionary<string, int> Aliases);

/// <summary>Registered models, with versions, tags and aliases.</summary>
internal sealed partial class MlflowReader
{
    /// <summary>The registered models, whole.</summary>
    /// <param name="withFiles">Whether the files of their versions are imported.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<IReadOnlyList<FoundModel>> ModelsAsync(bool withFiles, CancellationToken cancellationToken)
    {
        var (tags, versionTags) = (new Dictionary<string, SortedDictionary<string, string>>(), new Dictionary<string, SortedDictionary<string, string>>());
        string Key(string table, string rest = "") => $"{database.Column(table, "workspace", "''")} || '|' || name{rest}";
        if (database.Has("registered_model_tags"))
            await foreach (var row in database.ReadAsync($"SELECT {Key("registered_model_tags")}, key, value FROM registered_model_tags", null, cancellationToken)) Pair(tags, row);
        if (database.Has("model_version_tags"))
            await foreach (var row in database.ReadAsync($"SELECT {Key("model_version_tags", " || '|' || CAST(version AS VARCHAR(20))")}, key, value FROM model_version_tags", null, cancellationToken)) Pair(versionTags, row);
        var aliases = new Dictionary<string, Dictionary<string, int>>();
        if (database.Has("registered_model_aliases"))
            await foreach (var row in database.ReadAsync($"SELECT {Key("registered_model_aliases")}, alias, version FROM registered_model_aliases ORDER BY alias", null, cancellationToken))
                if (row.Text(0) is { } model && row.Text(1) is { } alias && row.Whole(2) is > 0 and <= int.MaxValue and var version) (aliases.TryGetValue(model, out var own) ? own : aliases[model] = [])[alias] = (int)version;
        var versions = await VersionsAsync(Key("model_versions"), versionTags, withFiles, cancellationToken);

        var found = new List<FoundModel>();
        await foreach (var row in database.ReadAsync($"SELECT {Key("registered_models")}, name, description, creation_time, last_updated_time, {database.Column("registered_models", "workspace")} FROM registered_models ORDER BY 1", null, cancellationToken))
        {
            var (key, name) = (row.Text(0) ?? "", InWorkspace(row.Text(5), row.Text(1)));
            var own = versions.GetValueOrDefault(key) ?? [];
            // What MLflow has deleted keeps its number, and is gone.
            var alive = own.Where(v => v.Stage != Deleted).Select(v => v with { Version = VersionOf(v) }).ToList();
            var spec = new ImportModel { Name = name ?? "", Description = Clip(row.Text(2), TextLength), Tags = tags.GetValueOrDefault(key) ?? [], LastVersion = own.Select(v => v.Number).DefaultIfEmpty().Max(), CreatedAt = row.At(3) };
            found.Add(new FoundModel(spec with { Version = VersionOf(spec) }, row.At(4), alive, aliases.GetValueOrDefault(key) ?? []));
        }
        tally.Models.Found = found.Count;
        tally.ModelVersions.Found = found.Sum(m => m.Versions.Count);
        tally.Aliases.Found = found.Sum(m => m.Aliases.Count);
        return found;
    }

    private const string Deleted = "Deleted_Internal";

    private async Task<Dictionary<string, List<ImportModelVersion>>> VersionsAsync(string key, Dictionary<string, SortedDictionary<string, string>> tags, bool withFiles, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, List<ImportModelVersion>>();
        string Column(string name) => database.Column("model_versions", name);
        await foreach (var row in database.ReadAsync($"""
            SELECT {key}, version, description, {Column("user_id")}, current_stage, source, run_id, status, creation_time, last_updated_time, {Column("run_link")}, {Column("storage_location")} FROM model_versions ORDER BY 1, version
            """, null, cancellationToken))
        {
            if (row.Text(0) is not { } model || row.Whole(1) is not (> 0 and <= int.MaxValue and var number)) continue;
            if (row.Text(7) is { } status and not "READY")
            {
                tally.Skip(model.Split('|', 2)[1], "version", $"{number}", $"its status is {Clip(status, 30)}");
                continue;
            }
            var own = tags.GetValueOrDefault($"{model}|{number}") ?? [];
            var (source, run) = (Clip(row.Text(5), 10_000), Clip(row.Text(6), 64));
            var isPrompt = own.ContainsKey("mlflow.prompt.is_prompt");
            // A path of the old server means nothing here; the same files are named by their run or logged model.
            var files = isPrompt ? null : FilesOf(source) ?? FilesOf(Clip(row.Text(11), 10_000));
            var isPath = !isPrompt && (source.Length == 0 || !ArtifactFolder.IsOutside(source));
            (found.TryGetValue(model, out var versions) ? versions : found[model] = []).Add(new ImportModelVersion
            {
                Number = (int)number,
                Description = Clip(row.Text(2), TextLength),
                User = Clip(row.Text(3), 200),
                Stage = row.Text(4) is "Staging" or "Production" or "Archived" or Deleted ? row.Text(4)! : "None",
                Source = isPath ? files ?? (run.Length > 0 ? $"runs:/{run}/" : "runs:/unknown") : source,
                Files = withFiles ? files : null,
                RunId = run.Length > 0 ? run : null,
                RunLink = Clip(row.Text(10), 10_000),
                Tags = own,
                CreatedAt = row.At(8),
                UpdatedAt = row.At(9),
            });
        }
        return found;
    }

    /// <summary>What a location of files means, said by the run or logged model that has them: <c>runs:/ID/PATH</c> or <c>models:/m-ID</c>; null where it names neither.</summary>
    internal static string? FilesOf(string uri)
    {
        if (LoggedModelFiles().Match(uri) is { Success: true } model) return $"models:/{model.Groups["id"].Value}";
        return RunFiles().Match(uri) is { Success: true } run && !run.Groups["path"].Value.Split('/').Contains("..") ? $"runs:/{run.Groups["id"].Value}/{run.Groups["path"].Value.Trim('/')}" : null;
    }

    [GeneratedRegex("^models:/+(?<id>m-[0-9A-Za-z]+)$|^(?!(s3|gs|https?|wasbs?|abfss?|dbfs|hdfs):).*/models/(?<id>m-[0-9A-Za-z]+)/artifacts/?$", RegexOptions.CultureInvariant)]
    private static partial Regex LoggedModelFiles();

    [GeneratedRegex("^runs:/+(?<id>[0-9a-f]{32})(/(?<path>.*))?$|^(?!(s3|gs|https?|wasbs?|abfss?|dbfs|hdfs):).*/(?<id>[0-9a-f]{32})/artifacts(/(?<path>.*))?$", RegexOptions.CultureInvariant)]
    private static partial Regex RunFiles();
}
