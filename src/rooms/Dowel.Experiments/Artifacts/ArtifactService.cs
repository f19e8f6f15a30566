using Dowel.Contracts;
using Dowel.Experiments.LoggedModels;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Options;

namespace Dowel.Experiments.Artifacts;

/// <summary>The files of runs and logged models: paths here, contents in the object store. An owner is the id of either.</summary>
internal sealed class ArtifactService(IDb db, IObjectStore store, IAuditTrail audit, TimeProvider time, IOptions<DowelOptions> options)
{
    public async Task<Result<ArtifactInfo>> PutAsync(Actor actor, Resource experiment, string owner, string path, Stream content, long? length, CancellationToken cancellationToken)
    {
        var most = options.Value.MaxUploadBytes;
        if (length > most) return new Failure(ErrorCodes.TooLarge, $"The upload is larger than {most} bytes.");
        // What can be refused is refused before the content is taken in; it is checked again when it is recorded.
        if (await RefusedAsync(owner, path, cancellationToken) is { } refused) return refused;
        var put = await store.PutAsync(content, most, cancellationToken);
        if (!put.TryGet(out var stored, out var failure)) return failure;
        return await db.WriteGroupedAsync(s => RecordAsync(s, actor, experiment, owner, path, stored), cancellationToken);
    }

    /// <summary>Why a path can be no file of the owner, or null.</summary>
    public async Task<Failure?> RefusedAsync(string owner, string path, CancellationToken cancellationToken)
        => ArtifactPaths.Check("path", path) ?? await db.ReadAsync(s => InTheWayAsync(s, owner, path), cancellationToken);

    /// <summary>Makes an object a file of the owner, within a transaction; a file of that path is replaced.</summary>
    public async Task<Result<ArtifactInfo>> RecordAsync(DbSession session, Actor actor, Resource experiment, string owner, string path, StoredObject stored)
    {
        if (!await HoldAsync(session, owner)) return NoOwner(owner);
        if (await InTheWayAsync(session, owner, path) is { } conflict) return conflict;
        var before = await session.ScalarAsync<string>("SELECT hash FROM experiments_artifacts WHERE owner_id = @owner AND path = @path", new { owner, path });
        await session.ExecuteAsync("""
            INSERT INTO experiments_artifacts (owner_id, path, hash, bytes, at) VALUES (@owner, @path, @Hash, @Bytes, @now)
            ON CONFLICT (owner_id, path) DO UPDATE SET hash = excluded.hash, bytes = excluded.bytes, at = excluded.at
            """, new { owner, path, stored.Hash, stored.Bytes, now = time.NowMicros() });
        await audit.AppendAsync(session, AuditEntry.On(actor, experiment, Action(owner),
            before is null ? null : new { Owner = owner, Path = path, Hash = before }, new { Owner = owner, Path = path, stored.Hash, stored.Bytes }));
        return new ArtifactInfo(path, false, stored.Bytes, stored.Hash);
    }

    /// <summary>Removes a file, or a folder with all in it; empty is everything. What is not there is gone already.</summary>
    public async Task<Result<Unit>> DeleteAsync(Actor actor, Resource experiment, string owner, string? path, CancellationToken cancellationToken)
    {
        if (!ArtifactPaths.Folder("path", path).TryGet(out var root, out var failure)) return failure;
        return await db.WriteAsync<Unit>(async s =>
        {
            if (!await HoldAsync(s, owner)) return NoOwner(owner);
            var gone = (root.Length == 0 ? 0 : await s.ExecuteAsync("DELETE FROM experiments_artifacts WHERE owner_id = @owner AND path = @root", new { owner, root }))
                + await ArtifactTree.DeleteBelowAsync(s, owner, root);
            if (gone > 0) await audit.AppendAsync(s, AuditEntry.On(actor, experiment, $"{Action(owner)}.delete", new { Owner = owner, Path = root, Files = gone }));
            return Unit.Value;
        }, cancellationToken);
    }

    public async Task<Result<ArtifactInfo>> GetAsync(string owner, string path, CancellationToken cancellationToken)
    {
        if (ArtifactPaths.Check("path", path) is { } wrong) return wrong;
        var row = await db.ReadAsync(s => s.FirstAsync<ArtifactRow>("SELECT path, hash, bytes FROM experiments_artifacts WHERE owner_id = @owner AND path = @path", new { owner, path }), cancellationToken);
        return row is null ? Failure.NotFound("artifact", path) : row.ToInfo(row.Path);
    }

    /// <summary>The files and folders right in a folder, folders first.</summary>
    public async Task<Result<IReadOnlyList<ArtifactInfo>>> ListAsync(string owner, string? folder, CancellationToken cancellationToken)
    {
        if (!ArtifactPaths.Folder("path", folder).TryGet(out var root, out var failure)) return failure;
        var found = await db.ReadAsync(s => ArtifactTree.ChildrenAsync(s, owner, root), cancellationToken);
        return Result.Ok<IReadOnlyList<ArtifactInfo>>([.. found.OrderBy(f => !f.IsFolder).ThenBy(f => f.Path, StringComparer.Ordinal)]);
    }

    /// <summary>All files below a folder, with paths relative to it; for a file, that file under its name.</summary>
    public async Task<IReadOnlyList<ArtifactInfo>> AllAsync(string owner, string root, CancellationToken cancellationToken)
    {
        var files = await db.ReadAsync(s => ArtifactTree.BelowAsync(s, owner, root), cancellationToken);
        if (files.Count == 0 && root.Length > 0 && (await GetAsync(owner, root, cancellationToken)).TryGet(out var file, out _))
            return [file with { Path = root[(root.LastIndexOf('/') + 1)..] }];
        var skip = root.Length == 0 ? 0 : root.Length + 1;
        return [.. files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => f.ToInfo(f.Path[skip..]))];
    }

    // Locks the owner's row, so two uploads cannot make one path a file and a folder, and nobody deletes it meanwhile.
    private async Task<bool> HoldAsync(DbSession session, string owner) => LoggedModelIds.IsModel(owner)
        ? await session.ExecuteAsync("UPDATE experiments_models SET updated_at = updated_at WHERE id = @owner", new { owner }) > 0
        : await session.ExecuteAsync("UPDATE experiments_runs SET updated_at = @now WHERE id = @owner", new { owner, now = time.NowMicros() }) > 0;

    private static Failure NoOwner(string owner) => LoggedModelIds.IsModel(owner) ? LoggedModelIds.NotFound(owner) : Failure.NotFound("run", owner);

    private static string Action(string owner) => LoggedModelIds.IsModel(owner) ? "logged_model.artifact" : "run.artifact";

    private static async Task<Failure?> InTheWayAsync(DbSession session, string owner, string path)
    {
        var above = ArtifactPaths.Above(path);
        if (above.Count > 0 && await session.ScalarAsync<string>("SELECT path FROM experiments_artifacts WHERE owner_id = @owner AND path IN @above", new { owner, above }) is { } file)
            return new Failure(ErrorCodes.Conflict, $"'{file}' is a file, so it cannot also be a folder.", new FieldError("path", path, "a path whose folders are no files"));
        return await ArtifactTree.IsFolderAsync(session, owner, path)
            ? new Failure(ErrorCodes.Conflict, $"'{path}' is a folder, so it cannot also be a file.", new FieldError("path", path, "a path that is no folder"))
            : null;
    }
}
