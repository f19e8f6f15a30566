using Dowel.Contracts;
using Dowel.Experiments.Artifacts;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments;

/// <summary>Experiments: resources of the kernel, with their runs.</summary>
internal sealed class ExperimentService(IDb db, IResourceService resources, TimeProvider time)
{
    public async Task<Result<Page<Experiment>>> ListAsync(Actor actor, ListQuery query, LifecycleView view, CancellationToken cancellationToken)
    {
        var found = await resources.ListAsync(actor, ResourceKind.Experiment, query, cancellationToken, view);
        if (!found.TryGet(out var page, out var failure)) return failure;
        var counts = await CountAsync([.. page.Items.Select(r => r.Id)], cancellationToken);
        return new Page<Experiment>
        {
            Items = [.. page.Items.Select(r => ToExperiment(r, counts))],
            NextCursor = page.NextCursor,
        };
    }

    public async Task<Experiment> GetAsync(Resource resource, CancellationToken cancellationToken)
        => ToExperiment(resource, await CountAsync([resource.Id], cancellationToken));

    private static Experiment ToExperiment(Resource resource, Dictionary<string, long> counts)
        => new(resource.Info) { Runs = counts.GetValueOrDefault(resource.Id), DeletedAt = resource.DeletedAt };

    public async Task<Result<Experiment>> CreateAsync(Actor actor, CreateExperiment spec, CancellationToken cancellationToken)
        => (await CreateResourceAsync(actor, spec, null, cancellationToken)).Map(r => new Experiment(r.Info));

    /// <param name="actor">Who makes it.</param>
    /// <param name="spec">What it shall be.</param>
    /// <param name="artifactLocation">A store outside of Dowel for its runs' files (<c>s3://…</c>), which clients then use by themselves; null for Dowel's own.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public Task<Result<Resource>> CreateResourceAsync(Actor actor, CreateExperiment spec, string? artifactLocation, CancellationToken cancellationToken) => db.WriteAsync<Resource>(async s =>
    {
        if (!(await resources.CreateAsync(s, actor, ResourceKind.Experiment, spec, artifactLocation is null ? null : new { ArtifactLocation = artifactLocation })).TryGet(out var made, out var failure)) return failure;
        if (artifactLocation is not null && await ArtifactPlaces.CheckLocationAsync(s, made.ProjectId, artifactLocation) is { } taken) return taken;
        await s.ExecuteAsync("INSERT INTO experiments_experiments (id, artifact_location) VALUES (@Id, @location)", new { made.Id, location = artifactLocation ?? OwnLocation(made.Id) });
        return made;
    }, cancellationToken);

    /// <summary>Dowel's own store, as MLflow's clients name it.</summary>
    public static string OwnLocation(string experimentId) => $"mlflow-artifacts:/{experimentId}";

    /// <summary>Where the files of an experiment's runs are.</summary>
    public async Task<string> LocationAsync(string experimentId, CancellationToken cancellationToken)
        => await db.ReadAsync(s => s.ScalarAsync<string>("SELECT artifact_location FROM experiments_experiments WHERE id = @experimentId", new { experimentId }), cancellationToken) ?? OwnLocation(experimentId);

    /// <summary>Sets a tag; null takes it off.</summary>
    public Task<Result<Resource>> TagAsync(Actor actor, Resource experiment, string key, string? value, CancellationToken cancellationToken)
        => db.WriteAsync(s => resources.TagAsync(s, actor, experiment, new Dictionary<string, string?> { [key] = value }), cancellationToken);

    /// <summary>Puts an experiment with its runs into the bin, or takes it out with the runs that went with it.</summary>
    public Task<Result<Resource>> SetDeletedAsync(Actor actor, Resource experiment, bool deleted, CancellationToken cancellationToken) => db.WriteAsync<Resource>(async s =>
    {
        // It changes nothing where it is there already: another time of deletion would keep its runs from coming back with it.
        if (experiment.DeletedAt is not null == deleted) return experiment;
        var done = await resources.SetDeletedAsync(s, actor, experiment, deleted);
        if (!done.TryGet(out var now, out var failure)) return failure;
        var at = (deleted ? now.DeletedAt : experiment.DeletedAt)!.Value.ToMicros();
        await s.ExecuteAsync($"""
            UPDATE experiments_runs SET deleted_at = {(deleted ? "@at" : "NULL")}, updated_at = @updated
            WHERE experiment_no = (SELECT no FROM experiments_experiments WHERE id = @Id) AND deleted_at {(deleted ? "IS NULL" : "= @at")}
            """, new { experiment.Id, at, updated = time.NowMicros() });
        return now;
    }, cancellationToken);

    public async Task<Result<Experiment>> UpdateAsync(Actor actor, Resource resource, ResourcePatch patch, long? ifRevision, CancellationToken cancellationToken)
    {
        var updated = await db.WriteAsync(s => resources.UpdateAsync(s, actor, resource, patch, ifRevision), cancellationToken);
        return updated.TryGet(out var now, out var failure) ? await GetAsync(now, cancellationToken) : failure;
    }

    /// <summary>Deletes an experiment for good.</summary>
    public Task<Result<Unit>> DeleteAsync(Actor actor, Resource resource, long? ifRevision, CancellationToken cancellationToken) => db.WriteAsync<Unit>(async s =>
    {
        var id = new { resource.Id };
        const string runs = "SELECT r.no FROM experiments_runs r JOIN experiments_experiments e ON e.no = r.experiment_no WHERE e.id = @Id";
        const string models = "SELECT m.no FROM experiments_models m JOIN experiments_experiments e ON e.no = m.experiment_no WHERE e.id = @Id";
        // The experiment's and the runs' rows are locked first: whoever is writing to them ends before, and nobody begins. One order knows no deadlock.
        if (s.Engine == DbEngine.Postgres)
        {
            await s.QueryAsync<long>("SELECT no FROM experiments_experiments WHERE id = @Id FOR UPDATE", id);
            await s.QueryAsync<long>($"SELECT no FROM experiments_runs WHERE no IN ({runs}) ORDER BY no FOR UPDATE", id);
        }
        await s.ExecuteAsync("DELETE FROM experiments_artifacts WHERE owner_id IN (SELECT r.id FROM experiments_runs r JOIN experiments_experiments e ON e.no = r.experiment_no WHERE e.id = @Id)", id);
        await s.ExecuteAsync("DELETE FROM experiments_artifacts WHERE owner_id IN (SELECT m.id FROM experiments_models m JOIN experiments_experiments e ON e.no = m.experiment_no WHERE e.id = @Id)", id);
        foreach (var table in RunService.RunTables) await s.ExecuteAsync($"DELETE FROM {table} WHERE run_no IN ({runs})", id);
        foreach (var table in (string[])["params", "tags", "metrics"]) await s.ExecuteAsync($"DELETE FROM experiments_model_{table} WHERE model_no IN ({models})", id);
        foreach (var table in (string[])["runs", "models", "datasets"]) await s.ExecuteAsync($"DELETE FROM experiments_{table} WHERE experiment_no = (SELECT no FROM experiments_experiments WHERE id = @Id)", id);
        await s.ExecuteAsync("DELETE FROM experiments_experiments WHERE id = @Id", id);
        return await resources.DeleteAsync(s, actor, resource, ifRevision);
    }, cancellationToken);

    private async Task<Dictionary<string, long>> CountAsync(string[] ids, CancellationToken cancellationToken)
    {
        if (ids.Length == 0) return [];
        var rows = await db.ReadAsync(s => s.QueryAsync<CountRow>(
            "SELECT e.id AS experiment_id, COUNT(*) AS runs FROM experiments_runs r JOIN experiments_experiments e ON e.no = r.experiment_no WHERE e.id IN @ids AND r.deleted_at IS NULL GROUP BY e.id", new { ids }), cancellationToken);
        return rows.ToDictionary(r => r.ExperimentId, r => r.Runs);
    }

    private sealed class CountRow
    {
        public string ExperimentId { get; set; } = "";
        public long Runs { get; set; }
    }
}
