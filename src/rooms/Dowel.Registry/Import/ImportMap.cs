using Dowel.Kernel.Imports;
using Dowel.Kernel.Relational;

namespace Dowel.Registry.Import;

/// <summary>A model or version that came from a source and is still there.</summary>
internal sealed class ImportRow
{
    public long Number { get; set; }
    public string TargetId { get; set; } = "";
    public string Version { get; set; } = "";
    public bool IsDone { get; set; }
}

/// <summary>Remembers what came from which source, in <c>registry_imports</c>.</summary>
internal static class ImportMap
{
    /// <summary>The model of that name at the source, or null.</summary>
    public static Task<ImportRow?> ModelAsync(DbSession session, ImportScope scope, string name)
        => session.FirstAsync<ImportRow>("""
            SELECT i.number, i.target_id, i.version, i.is_done FROM registry_imports i JOIN registry_models m ON m.id = i.target_id
            WHERE i.project_id = @ProjectId AND i.source = @Source AND i.name = @name AND i.number = 0
            """, new { scope.ProjectId, scope.Source, name });

    /// <summary>Its versions that came from the source, by their numbers.</summary>
    public static async Task<Dictionary<long, ImportRow>> VersionsAsync(DbSession session, ImportScope scope, string name, string modelId)
        => (await session.QueryAsync<ImportRow>("""
            SELECT i.number, i.target_id, i.version, i.is_done FROM registry_imports i JOIN registry_versions v ON v.id = i.target_id AND v.model_id = @modelId
            WHERE i.project_id = @ProjectId AND i.source = @Source AND i.name = @name AND i.number > 0
            """, new { scope.ProjectId, scope.Source, name, modelId })).ToDictionary(r => r.Number);

    public static Task KeepAsync(DbSession session, ImportScope scope, string name, long number, string targetId, string version, bool isDone, long at)
        => session.ExecuteAsync("""
            INSERT INTO registry_imports (project_id, source, name, number, target_id, version, is_done, at) VALUES (@ProjectId, @Source, @name, @number, @targetId, @version, @isDone, @at)
            ON CONFLICT (project_id, source, name, number) DO UPDATE SET target_id = excluded.target_id, version = excluded.version, is_done = excluded.is_done, at = excluded.at
            """, new { scope.ProjectId, scope.Source, name, number, targetId, version, isDone, at });
}
