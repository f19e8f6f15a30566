using Dowel.Kernel.Imports;
using Dowel.Kernel.Relational;

namespace Dowel.Experiments.Import;

/// <summary>A thing that came from a source.</summary>
internal sealed class ImportRow
{
    public string SourceId { get; set; } = "";
    public string TargetId { get; set; } = "";
    public string Version { get; set; } = "";
    public long Points { get; set; }
    public long Sent { get; set; }
    /// <summary>The number of the run or model that it became; null where that was deleted for good since.</summary>
    public long? No { get; set; }
    /// <summary>The number of the experiment.</summary>
    public long? ExperimentNo { get; set; }
    /// <summary>The id of the experiment.</summary>
    public string? ExperimentId { get; set; }
}

/// <summary>Remembers what came from which source, in <c>experiments_imports</c>.</summary>
internal static class ImportMap
{
    public const string Experiment = "experiment";
    public const string Run = "run";
    public const string Model = "model";

    /// <summary>What is remembered of runs or logged models.</summary>
    public static async Task<IReadOnlyDictionary<string, ImportRow>> FindAsync(DbSession session, ImportScope scope, string kind, IReadOnlyCollection<string> ids)
    {
        var rows = await session.QueryAsync<ImportRow>($"""
            SELECT i.source_id, i.target_id, i.version, i.points, i.sent, t.no, t.experiment_no, e.id AS experiment_id
            FROM experiments_imports i LEFT JOIN {Table(kind)} t ON t.id = i.target_id LEFT JOIN experiments_experiments e ON e.no = t.experiment_no
            WHERE i.project_id = @ProjectId AND i.source = @Source AND i.kind = @kind AND i.source_id IN @ids
            """, new { scope.ProjectId, scope.Source, kind, ids = ids.ToArray() });
        return rows.ToDictionary(r => r.SourceId);
    }

    /// <summary>What is remembered of an experiment; its <see cref="ImportRow.No"/> is the experiment's.</summary>
    public static Task<ImportRow?> FindExperimentAsync(DbSession session, ImportScope scope, string id)
        => session.FirstAsync<ImportRow>("""
            SELECT i.source_id, i.target_id, i.version, e.no, e.no AS experiment_no, e.id AS experiment_id
            FROM experiments_imports i JOIN experiments_experiments e ON e.id = i.target_id
            WHERE i.project_id = @ProjectId AND i.source = @Source AND i.kind = 'experiment' AND i.source_id = @id
            """, new { scope.ProjectId, scope.Source, id });

    /// <summary>Which of these runs or models are here, wherever they came from.</summary>
    public static async Task<IReadOnlySet<string>> TakenAsync(DbSession session, string kind, IReadOnlyCollection<string> ids)
        => (await session.QueryAsync<string>($"SELECT id FROM {Table(kind)} WHERE id IN @ids", new { ids = ids.ToArray() })).ToHashSet();

    /// <summary>Remembers a thing, or that it came in a new version. Of a run that was deleted for good and comes again, no point is here.</summary>
    public static Task KeepAsync(DbSession session, ImportScope scope, string kind, string sourceId, string targetId, string version, bool isNew, long now)
        => session.Prepare($"""
            INSERT INTO experiments_imports (project_id, source, kind, source_id, target_id, version, points, sent, at) VALUES (@p0, @p1, @p2, @p3, @p4, @p5, 0, 0, @p6)
            ON CONFLICT (project_id, source, kind, source_id) DO UPDATE SET target_id = excluded.target_id, version = excluded.version, at = excluded.at{(isNew ? ", points = 0, sent = 0" : "")}
            """).With(scope.ProjectId, scope.Source, kind, sourceId, targetId, version, now).ExecuteAsync();

    /// <summary>Counts points as sent; false where they do not follow on those that are here.</summary>
    public static async Task<bool> AdvanceAsync(DbSession session, ImportScope scope, string run, long of, long offset, long count)
        => await session.Prepare("""
            UPDATE experiments_imports SET points = @p4, sent = @p5
            WHERE project_id = @p0 AND source = @p1 AND kind = 'run' AND source_id = @p2 AND (@p3 = 0 OR (points = @p4 AND sent = @p3))
            """).With(scope.ProjectId, scope.Source, run, offset, of, offset + count).ExecuteAsync() > 0;

    /// <summary>The kind of an owner of artifacts.</summary>
    public static string ArtifactKind(string owner) => LoggedModels.LoggedModelIds.IsModel(owner) ? Model : Run;

    private static string Table(string kind) => kind == Model ? "experiments_models" : "experiments_runs";
}
