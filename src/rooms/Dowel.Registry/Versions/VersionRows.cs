using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;

namespace Dowel.Registry.Versions;

/// <summary>A row of <c>registry_versions</c>.</summary>
internal sealed class VersionRow
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
    public static async Task<IReadOnlyList<ModelVersion>> ReadAsync(DbSession session, string model, IReadOnlyList<VersionRow> rows)
    {
        if (rows.Count == 0) return [];
        var ids = new { ids = rows.Select(r => r.Id).ToArray() };
        var files = (await session.QueryAsync<FileRow>("SELECT version_id, path, hash, bytes FROM registry_files WHERE version_id IN @ids", ids)).ToLookup(r => r.VersionId);
        var tags = (await session.QueryAsync<TagRow>("SELECT version_id, name, value FROM registry_version_tags WHERE version_id IN @ids ORDER BY name", ids)).ToLookup(r => r.VersionId);
        var aliases = (await session.QueryAsync<AliasRow>("SELECT version_id, alias FROM registry_aliases WHERE version_id IN @ids ORDER BY alias", ids)).ToLookup(r => r.VersionId);
        var gates = (await session.QueryAsync<GateRow>("""
            SELECT version_id, passed, checks, at, by_name FROM registry_gate_results
            WHERE id IN (SELECT MAX(id) FROM registry_gate_results WHERE version_id IN @ids GROUP BY version_id)
            """, ids)).ToDictionary(r => r.VersionId);
        return [.. rows.Select(r => new ModelVersion
        {
            Id = r.Id,
            Model = model,
            ModelId = r.ModelId,
            Version = (int)r.Number,
            Description = r.Description,
            Flavor = r.Flavor,
            Signature = Read<ModelSignature>(r.Signature),
            InputExample = Read<Dictionary<string, object?[]>>(r.InputExample),
            RunId = r.RunId,
            Metrics = Read<Dictionary<string, double>>(r.Metrics) ?? [],
            TrainingData = Read<string[]>(r.TrainingData) ?? [],
            Tags = tags[r.Id].ToDictionary(t => t.Name, t => t.Value),
            Aliases = [.. aliases[r.Id].Select(a => a.Alias)],
            Files = [.. files[r.Id].OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => new ArtifactInfo(f.Path, false, f.Bytes, f.Hash))],
            Gate = gates.GetValueOrDefault(r.Id)?.ToResult(),
            CreatedAt = Instants.FromMicros(r.CreatedAt),
            CreatedBy = r.CreatedBy,
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
