using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments;

/// <summary>Experiments: resources of the kernel, with their runs.</summary>
internal sealed class ExperimentService(IDb db, IResourceService resources)
{
    public async Task<Result<Page<Experiment>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken)
    {
        var found = await resources.ListAsync(actor, ResourceKind.Experiment, query, cancellationToken);
        if (!found.TryGet(out var page, out var failure)) return failure;
        var counts = await CountAsync([.. page.Items.Select(r => r.Id)], cancellationToken);
        return new Page<Experiment>
        {
            Items = [.. page.Items.Select(r => new Experiment(r.Info) { Runs = counts.GetValueOrDefault(r.Id) })],
            NextCursor = page.NextCursor,
        };
    }

    public async Task<Experiment> GetAsync(Resource resource, CancellationToken cancellationToken)
        => new(resource.Info) { Runs = (await CountAsync([resource.Id], cancellationToken)).GetValueOrDefault(resource.Id) };

    public async Task<Result<Experiment>> CreateAsync(Actor actor, CreateExperiment spec, CancellationToken cancellationToken)
    {
        var made = await db.WriteAsync(s => resources.CreateAsync(s, actor, ResourceKind.Experiment, spec), cancellationToken);
        return made.Map(r => new Experiment(r.Info));
    }

    public async Task<Result<Experiment>> UpdateAsync(Actor actor, Resource resource, ResourcePatch patch, long? ifRevision, CancellationToken cancellationToken)
    {
        var updated = await db.WriteAsync(s => resources.UpdateAsync(s, actor, resource, patch, ifRevision), cancellationToken);
        return updated.TryGet(out var now, out var failure) ? await GetAsync(now, cancellationToken) : failure;
    }

    public Task<Result<Unit>> DeleteAsync(Actor actor, Resource resource, long? ifRevision, CancellationToken cancellationToken) => db.WriteAsync<Unit>(async s =>
    {
        var id = new { id = resource.Id };
        // The runs' rows are locked first, as everywhere: nothing can be added to them, and one order knows no deadlock.
        await s.ExecuteAsync("UPDATE experiments_runs SET updated_at = updated_at WHERE experiment_id = @id", id);
        await s.ExecuteAsync("DELETE FROM experiments_metric_points WHERE metric_id IN (SELECT id FROM experiments_metrics WHERE experiment_id = @id)", id);
        await s.ExecuteAsync("DELETE FROM experiments_metrics WHERE experiment_id = @id", id);
        await s.ExecuteAsync("DELETE FROM experiments_params WHERE experiment_id = @id", id);
        await s.ExecuteAsync("DELETE FROM experiments_tags WHERE experiment_id = @id", id);
        await s.ExecuteAsync("DELETE FROM experiments_artifacts WHERE run_id IN (SELECT id FROM experiments_runs WHERE experiment_id = @id)", id);
        await s.ExecuteAsync("DELETE FROM experiments_runs WHERE experiment_id = @id", id);
        return await resources.DeleteAsync(s, actor, resource, ifRevision);
    }, cancellationToken);

    private async Task<Dictionary<string, long>> CountAsync(string[] ids, CancellationToken cancellationToken)
    {
        if (ids.Length == 0) return [];
        var rows = await db.ReadAsync(s => s.QueryAsync<CountRow>(
            "SELECT experiment_id, COUNT(*) AS runs FROM experiments_runs WHERE experiment_id IN @ids GROUP BY experiment_id", new { ids }), cancellationToken);
        return rows.ToDictionary(r => r.ExperimentId, r => r.Runs);
    }

    private sealed class CountRow
    {
        public string ExperimentId { get; set; } = "";
        public long Runs { get; set; }
    }
}
