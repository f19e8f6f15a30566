using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;

namespace Dowel.Registry.Versions;

/// <summary>A row of <c>registry_versions</c>.</summary>
internal class VersionRow
{
    public string Id { get; set; } = "";
    public string ModelId { get; set; } = "";
    public long Number { get; set; }
    public string Description { get; set; } = "";
    public string Flavor { get; set; } = "";
    public string? Signature { get; set; }
    public string? InputExample { get; set; }
    public string RunId { get; set; } = "";
    public string ExperimentId { get; set; } = "";
    public string ArtifactPath { get; set; } = "";
    public string Metrics { get; set; } = "{}";
    public string TrainingData { get; set; } = "[]";
    public long CreatedAt { get; set; }
    public string CreatedById { get; set; } = "";
    public string CreatedBy { get; set; } = "";
    public string Source { get; set; } = "";
    public string SourceSort { get; set; } = "";
    public string Storage { get; set; } = "";
    public string RunLink { get; set; } = "";
    public string LoggedModelId { get; set; } = "";
    public string Stage { get; set; } = "None";
    public long UpdatedAt { get; set; }
}

/// <summary>A file of a version.</summary>
internal sealed class FileRow
{
    public string VersionId { get; set; } = "";
    public string Path { get; set; } = "";
    public string Hash { get; set; } = "";
    public long Bytes { get; set; }
}

/// <summary>A row of <c>registry_gate_results</c>.</summary>
internal sealed class GateRow
{
    public string VersionId { get; set; } = "";
    public bool Passed { get; set; }
    public string Checks { get; set; } = "[]";
    public long At { get; set; }
    public string ByName { get; set; } = "";

    public GateResult ToResult() => new() { Passed = Passed, Checks = JsonSerializer.Deserialize<GateCheck[]>(Checks, DowelJson.Options) ?? [], At = Instants.FromMicros(At), By = ByName };
}

/// <summary>Makes versions of rows, with all that belongs to them.</summary>
internal static class VersionReader
{
    private const int MostIds = 500;

    /// <param name="session">The connection.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="model">The name of a row's model.</param>
    /// <param name="whole">Whether files and gate results are wanted as well.</param>
    public static async Task<IReadOnlyList<ModelVersion>> ReadAsync(DbSession session, IReadOnlyList<VersionRow> rows, Func<VersionRow, string> model, bool whole = true)
    {
        if (rows.Count <= MostIds) return await ReadSomeAsync(session, rows, model, whole);
        var versions = new List<ModelVersion>(rows.Count);
        foreach (var some in rows.Chunk(MostIds)) versions.AddRange(await ReadSomeAsync(session, some, model, whole));
        return versions;
    }

    /// <summary>The newest gate result of each version that has one.</summary>
    public static Task<IReadOnlyList<GateRow>> GatesAsync(DbSession session, string[] ids) => session.QueryAsync<GateRow>("""
        SELECT version_id, passed, checks, at, by_name FROM registry_gate_results
        WHERE id IN (SELECT MAX(id) FROM registry_gate_results WHERE version_id IN @ids GROUP BY version_id)
        """, new { ids });

    private static async Task<IReadOnlyList<ModelVersion>> ReadSomeAsync(DbSession session, IReadOnlyList<VersionRow> rows, Func<VersionRow, string> model, bool whole)
    {
        if (rows.Count == 0) return [];
        var ids = new { ids = rows.Select(r => r.Id).ToArray() };
        var tags = (await session.QueryAsync<TagRow>("SELECT version_id, name, value FROM registry_version_tags WHERE version_id IN @ids ORDER BY name", ids)).ToLookup(r => r.VersionId);
        var aliases = (await session.QueryAsync<AliasRow>("SELECT version_id, alias FROM registry_aliases WHERE version_id IN @ids ORDER BY alias", ids)).ToLookup(r => r.VersionId);
        var files = (whole ? await session.QueryAsync<FileRow>("SELECT version_id, path, hash, bytes FROM registry_files WHERE version_id IN @ids", ids) : []).ToLookup(r => r.VersionId);
        var gates = (whole ? await GatesAsync(session, ids.ids) : []).ToDictionary(r => r.VersionId);
        return [.. rows.Select(r => new ModelVersion
        {
            Id = r.Id,
            Model = model(r),
            ModelId = r.ModelId,
            Version = (int)r.Number,
            Description = r.Description,
            Flavor = r.Flavor,
            Signature = Read<ModelSignature>(r.Signature),
            InputExample = Read<Dictionary<string, object?[]>>(r.InputExample),
            RunId = r.RunId.Length > 0 ? r.RunId : null,
            Source = r.Source,
            RunLink = r.RunLink,
            LoggedModelId = r.LoggedModelId.Length > 0 ? r.LoggedModelId : null,
            Stage = r.Stage,
            Metrics = Read<Dictionary<string, double>>(r.Metrics) ?? [],
            TrainingData = Read<string[]>(r.TrainingData) ?? [],
            Tags = tags[r.Id].ToDictionary(t => t.Name, t => t.Value),
            Aliases = [.. aliases[r.Id].Select(a => a.Alias)],
            Files = [.. files[r.Id].OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => new ArtifactInfo(f.Path, false, f.Bytes, f.Hash))],
            Gate = gates.GetValueOrDefault(r.Id)?.ToResult(),
            CreatedAt = Instants.FromMicros(r.CreatedAt),
            CreatedBy = r.CreatedBy,
            UpdatedAt = Instants.FromMicros(r.UpdatedAt),
        })];
    }

    public static T? Read<T>(string? json) where T : class => json is null ? null : JsonSerializer.Deserialize<T>(json, DowelJson.Options);

    private sealed class TagRow
    {
        public string VersionId { get; set; } = "";
        public string Name { get; set; } = "";
        public string Value { get; set; } = "";
    }

    private sealed class AliasRow
    {
        public string VersionId { get; set; } = "";
        public string Alias { get; set; } = "";
    }
}
