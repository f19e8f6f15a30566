using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Tables.Ingest;

namespace Dowel.Catalog.Datasets;

/// <inheritdoc cref="IDatasetFiles"/>
internal sealed class DatasetFiles(IDb db, IResourceService resources, IProjectAccess projects, ILineage lineage, IObjectStore objects, DatasetVersions versions, DatasetService datasets, VersionWriter writer) : IDatasetFiles
{
    public async Task<Result<DatasetFile>> OpenAsync(Actor actor, string dataset, int? version, CancellationToken cancellationToken)
    {
        if (!(await resources.FindAsync(actor, ResourceKind.Dataset, dataset, Permission.Use, cancellationToken)).TryGet(out var resource, out var failure)) return failure;
        if (!(await versions.FindAsync(resource, version, cancellationToken)).TryGet(out var found, out failure)) return failure;
        return new DatasetFile(resource.Id, $"{resource.Info.Project}.{resource.Name}", found.Version, found.Rows, found.Columns, await versions.FileAsync(found, cancellationToken));
    }

    public async Task<Result<ProjectRef>> CheckTargetAsync(Actor actor, string? project, string name, CancellationToken cancellationToken)
    {
        var owner = await db.ReadAsync(s => projects.RequireAsync(s, actor, project, ProjectRole.Contributor), cancellationToken);
        if (!owner.TryGet(out var found, out var failure)) return failure;
        return (await FindAsync(actor, found, name, cancellationToken)).Map(_ => found);
    }

    public async Task<Result<PublishedDataset>> PublishAsync(Actor actor, DatasetPublication publication, CancellationToken cancellationToken)
    {
        var owner = await CheckTargetAsync(actor, publication.Project, publication.Name, cancellationToken);
        if (!owner.TryGet(out var project, out var failure)) return failure;
        if (!(await TableFile.DescribeAsync(publication.Path, cancellationToken)).TryGet(out var table, out failure)) return failure;
        StoredObject? stored;
        await using (var content = new FileStream(publication.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17, FileOptions.Asynchronous | FileOptions.SequentialScan))
        {
            if (!(await objects.PutAsync(content, long.MaxValue, cancellationToken)).TryGet(out stored, out failure)) return failure;
        }
        // Somebody else may make the dataset in between; then it is there the second time.
        var published = await AddAsync();
        return published.TryGet(out _, out failure) || failure.Code != ErrorCodes.Exists ? published : await AddAsync();

        async Task<Result<PublishedDataset>> AddAsync()
        {
            if (!(await FindAsync(actor, project, publication.Name, cancellationToken)).TryGet(out var there, out var refused)) return refused;
            return await db.WriteAsync<PublishedDataset>(async s =>
            {
                var dataset = there.Resource;
                if (dataset is null && !(await datasets.CreateAsync(s, actor, new CreateDataset { Project = project.Id, Name = publication.Name, Description = publication.Description })).TryGet(out dataset, out var failed)) return failed;
                var before = await s.FirstAsync<DatasetVersionRow>("SELECT * FROM catalog_versions WHERE dataset_id = @id AND source = @key", new { id = dataset.Id, key = publication.Key });
                if (before is not null) return new PublishedDataset(dataset.Id, (int)before.Version);
                if (!(await writer.AddAsync(s, actor, dataset, table, stored, stored.Hash, publication.Key, "dataset.publish")).TryGet(out var added, out failed)) return failed;
                foreach (var from in publication.MadeFrom)
                    await lineage.AddAsync(s, from.Id, from.Version, dataset.Id, added.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), from.Relation);
                return new PublishedDataset(dataset.Id, added.Version);
            }, cancellationToken);
        }
    }

    /// <summary>The dataset of a name in a project that the actor may change, or none.</summary>
    private async Task<Result<Found>> FindAsync(Actor actor, ProjectRef project, string name, CancellationToken cancellationToken)
    {
        var found = await resources.FindAsync(actor, ResourceKind.Dataset, $"{project.Name}.{name}", Permission.Edit, cancellationToken);
        if (found.TryGet(out var dataset, out var failure)) return new Found(dataset);
        return failure.Code == ErrorCodes.NotFound ? new Found(null) : failure;
    }

    private sealed record Found(Resource? Resource);
}
