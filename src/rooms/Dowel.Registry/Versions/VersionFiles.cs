using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Registry.Versions;

/// <summary>
/// The registry's own snapshot of a version's files, for those who may use the model: <c>mlflow-artifacts:/registry/MODEL_ID/VERSION</c>.
/// Whoever the model is shared with loads it so without access to the experiment that it came from.
/// </summary>
internal sealed class VersionFiles(IDb db, IResourceService resources)
{
    /// <summary>The URI of a version's snapshot.</summary>
    public static string Uri(string modelId, long version) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"mlflow-artifacts:/registry/{modelId}/{version}");

    /// <summary>The files and folders right in a folder, folders first.</summary>
    public async Task<Result<IReadOnlyList<ArtifactInfo>>> ListAsync(Actor actor, string modelId, string version, string? folder, CancellationToken cancellationToken)
    {
        if (!ArtifactPaths.Folder("path", folder).TryGet(out var root, out var failure)) return failure;
        if (!(await AllAsync(actor, modelId, version, cancellationToken)).TryGet(out var all, out failure)) return failure;
        var start = root.Length == 0 ? "" : root + "/";
        var below = all.Where(f => f.Path.StartsWith(start, StringComparison.Ordinal)).ToList();
        var folders = below.Select(f => f.Path.IndexOf('/', start.Length) is > 0 and var slash ? f.Path[..slash] : null).OfType<string>().Distinct();
        return Result.Ok<IReadOnlyList<ArtifactInfo>>([
            .. folders.Order(StringComparer.Ordinal).Select(f => new ArtifactInfo(f, true, null, null)),
            .. below.Where(f => f.Path.IndexOf('/', start.Length) < 0)]);
    }

    /// <summary>One file, with the hash under which the object store has it.</summary>
    public async Task<Result<ArtifactInfo>> FindAsync(Actor actor, string modelId, string version, string path, CancellationToken cancellationToken)
    {
        if (ArtifactPaths.Check("path", path) is { } wrong) return wrong;
        if (!(await AllAsync(actor, modelId, version, cancellationToken)).TryGet(out var all, out var failure)) return failure;
        return all.FirstOrDefault(f => f.Path == path) is { } file ? file : Failure.NotFound("file", path);
    }

    private async Task<Result<IReadOnlyList<ArtifactInfo>>> AllAsync(Actor actor, string modelId, string version, CancellationToken cancellationToken)
    {
        if (await resources.GetAsync(actor, modelId, cancellationToken) is not { Info.Access: > Permission.None } model || model.Info.Kind != ResourceKind.Model.Name) return Failure.NotFound("model", modelId);
        if ((await resources.FindByIdAsync(actor, modelId, Permission.Use, cancellationToken)).Failure is { } forbidden) return forbidden;
        return await db.ReadAsync<Result<IReadOnlyList<ArtifactInfo>>>(async s =>
        {
            if (await VersionService.RowAsync(s, model.Id, version) is not { } row) return VersionService.NoVersion(model, version);
            var files = await s.QueryAsync<FileRow>("SELECT path, hash, bytes FROM registry_files WHERE version_id = @Id", new { row.Id });
            return Result.Ok<IReadOnlyList<ArtifactInfo>>([.. files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => new ArtifactInfo(f.Path, false, f.Bytes, f.Hash))]);
        }, cancellationToken);
    }
}
