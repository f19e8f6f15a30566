using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Registry.Versions;

/// <summary>Gives endpoints, and the gate, a version's files on this machine.</summary>
internal sealed class ModelSource(IDb db, IResourceService resources, ModelFiles files) : IModelSource
{
    public async Task<Result<ModelArtifact>> ResolveAsync(Actor actor, string model, string version, CancellationToken cancellationToken)
    {
        if (!(await resources.FindAsync(actor, ResourceKind.Model, model, Permission.Use, cancellationToken)).TryGet(out var resource, out var failure)) return failure;
        var row = await db.ReadAsync(s => VersionService.RowAsync(s, resource.Id, version), cancellationToken);
        if (row is null) return VersionService.NoVersion(resource, version);
        return await OpenAsync(resource.Name, row, cancellationToken);
    }

    /// <summary>A version that was found and allowed, as an artifact.</summary>
    public async Task<ModelArtifact> OpenAsync(string model, VersionRow row, CancellationToken cancellationToken)
    {
        var (list, gates) = await db.ReadAsync(async s => (
            await s.QueryAsync<FileRow>("SELECT version_id, path, hash, bytes FROM registry_files WHERE version_id = @Id", new { row.Id }),
            await VersionReader.GatesAsync(s, [row.Id])), cancellationToken);
        return new ModelArtifact
        {
            VersionId = row.Id,
            ModelId = row.ModelId,
            Name = model,
            Version = (int)row.Number,
            Flavor = row.Flavor,
            Folder = await files.MaterialiseAsync(row.Id, list, cancellationToken),
            Signature = VersionReader.Read<ModelSignature>(row.Signature),
            // Approvals are for an alias; a version may be tried while it waits for them.
            Refused = [.. gates.SelectMany(g => g.ToResult().Checks).Where(c => !c.Passed && c.Name != Gates.Gate.Approvals)],
            InputExample = VersionReader.Read<Dictionary<string, object?[]>>(row.InputExample),
        };
    }
}
