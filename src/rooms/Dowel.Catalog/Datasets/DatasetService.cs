using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Catalog.Datasets;

/// <summary>Datasets: resources of the kernel, with their versions.</summary>
internal sealed class DatasetService(IDb db, IResourceService resources, DatasetVersions versions)
{
    public async Task<Result<Page<Dataset>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken)
    {
        var found = await resources.ListAsync(actor, ResourceKind.Dataset, query, cancellationToken);
        if (!found.TryGet(out var page, out var failure)) return failure;
        var latest = await versions.LatestAsync([.. page.Items.Select(r => r.Id)], cancellationToken);
        return new Page<Dataset>
        {
            Items = [.. page.Items.Select(r => new Dataset(r.Info) { Latest = latest.GetValueOrDefault(r.Id) })],
            NextCursor = page.NextCursor,
        };
    }

    public async Task<Dataset> GetAsync(Resource resource, CancellationToken cancellationToken)
        => new(resource.Info) { Latest = (await versions.LatestAsync([resource.Id], cancellationToken)).GetValueOrDefault(resource.Id) };

    public async Task<Result<Dataset>> CreateAsync(Actor actor, CreateDataset spec, CancellationToken cancellationToken)
    {
        var made = await db.WriteAsync(s => CreateAsync(s, actor, spec), cancellationToken);
        return made.Map(r => new Dataset(r.Info));
    }

    /// <summary>Makes one within a transaction.</summary>
    public async Task<Result<Resource>> CreateAsync(DbSession session, Actor actor, CreateDataset spec)
    {
        var created = await resources.CreateAsync(session, actor, ResourceKind.Dataset, spec);
        if (!created.TryGet(out var resource, out var failure)) return failure;
        await session.ExecuteAsync("INSERT INTO catalog_datasets (id, last_version) VALUES (@id, 0)", new { id = resource.Id });
        return resource;
    }

    public async Task<Result<Dataset>> UpdateAsync(Actor actor, Resource resource, ResourcePatch patch, long? ifRevision, CancellationToken cancellationToken)
    {
        var updated = await db.WriteAsync(s => resources.UpdateAsync(s, actor, resource, patch, ifRevision), cancellationToken);
        return updated.TryGet(out var now, out var failure) ? await GetAsync(now, cancellationToken) : failure;
    }

    /// <summary>Deletes a dataset with its versions. The objects stay in the store: others may hold the same content, and lineage goes on naming their hashes.</summary>
    public Task<Result<Unit>> DeleteAsync(Actor actor, Resource resource, long? ifRevision, CancellationToken cancellationToken) => db.WriteAsync<Unit>(async s =>
    {
        var deleted = await resources.DeleteAsync(s, actor, resource, ifRevision);
        if (!deleted.IsOk) return deleted;
        var id = new { id = resource.Id };
        await s.ExecuteAsync("DELETE FROM catalog_profiles WHERE dataset_id = @id", id);
        await s.ExecuteAsync("DELETE FROM catalog_versions WHERE dataset_id = @id", id);
        await s.ExecuteAsync("DELETE FROM catalog_datasets WHERE id = @id", id);
        return Unit.Value;
    }, cancellationToken);
}
