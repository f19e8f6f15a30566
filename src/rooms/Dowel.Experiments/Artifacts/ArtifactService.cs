using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Options;

namespace Dowel.Experiments.Artifacts;

/// <summary>The files of runs: paths here, contents in the object store.</summary>
internal sealed class ArtifactService(IDb db, IObjectStore store, IAuditTrail audit, TimeProvider time, IOptions<DowelOptions> options)
{
    public async Task<Result<ArtifactInfo>> PutAsync(Actor actor, Resource experiment, string runId, string path, Stream content, long? length, CancellationToken cancellationToken)
    {
        if (ArtifactPaths.Check("path", path) is { } wrong) return wrong;
        var most = options.Value.MaxUploadBytes;
        if (length > most) return new Failure(ErrorCodes.TooLarge, $"The upload is larger than {most} bytes.");
        // What can be refused is refused before the content is taken in; it is checked again when it is recorded.
        if (await db.ReadAsync(s => InTheWayAsync(s, runId, path), cancellationToken) is { } taken) return taken;
        var put = await store.PutAsync(content, most, cancellationToken);
        if (!put.TryGet(out var stored, out var failure)) return failure;
        return await db.WriteAsync<ArtifactInfo>(async s =>
        {
            // Locks the run's row, so two uploads cannot make one path a file and a folder.
            if (await s.ExecuteAsync("UPDATE experiments_runs SET updated_at = @now WHERE id = @runId", new { runId, now = time.NowMicros() }) == 0) return Failure.NotFound("run", runId);
            if (await InTheWayAsync(s, runId, path) is { } conflict) return conflict;
            var before = await s.ScalarAsync<string>("SELECT hash FROM experiments_artifacts WHERE owner_id = @runId AND path = @path", new { runId, path });
            await s.ExecuteAsync("""
                INSERT INTO experiments_artifacts (owner_id, path, hash, bytes, at) VALUES (@runId, @path, @Hash, @Bytes, @now)
                ON CONFLICT (owner_id, path) DO UPDATE SET hash = excluded.hash, bytes = excluded.bytes, at = excluded.at
                """, new { runId, path, stored.Hash, stored.Bytes, now = time.NowMicros() });
            await audit.AppendAsync(s, AuditEntry.On(actor, experiment, "run.artifact",
                before is null ? null : new { Run = runId, Path = path, Hash = before }, new { Run = runId, Path = path, stored.Hash, stored.Bytes }));
            return new ArtifactInfo(path, false, stored.Bytes, stored.Hash);
        }, cancellationToken);
    }

    public async Task<Result<ArtifactInfo>> GetAsync(string runId, string path, CancellationToken cancellationToken)
    {
        if (ArtifactPaths.Check("path", path) is { } wrong) return wrong;
        var row = await db.ReadAsync(s => s.FirstAsync<ArtifactRow>("SELECT path, hash, bytes FROM experiments_artifacts WHERE owner_id = @runId AND path = @path", new { runId, path }), cancellationToken);
        return row is null ? Failure.NotFound("artifact", path) : row.ToInfo(row.Path);
    }

    /// <summary>The files and folders right in a folder, folders first.</summary>
    public async Task<Result<IReadOnlyList<ArtifactInfo>>> ListAsync(string runId, string? folder, CancellationToken cancellationToken)
    {
        if (!ArtifactPaths.Folder("path", folder).TryGet(out var root, out var failure)) return failure;
        var files = await db.ReadAsync(s => BelowAsync(s, runId, root), cancellationToken);
        var skip = root.Length == 0 ? 0 : root.Length + 1;
        var folders = files.Select(f => f.Path.IndexOf('/', skip) is > 0 and var slash ? f.Path[..slash] : null).OfType<string>().Distinct();
        return Result.Ok<IReadOnlyList<ArtifactInfo>>([
            .. folders.Order(StringComparer.Ordinal).Select(f => new ArtifactInfo(f, true, null, null)),
            .. files.Where(f => f.Path.IndexOf('/', skip) < 0).OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => f.ToInfo(f.Path))]);
    }

    /// <summary>All files below a folder, with paths relative to it; for a file, that file under its name.</summary>
    public async Task<IReadOnlyList<ArtifactInfo>> AllAsync(string runId, string root, CancellationToken cancellationToken)
    {
        var files = await db.ReadAsync(s => BelowAsync(s, runId, root), cancellationToken);
        if (files.Count == 0 && root.Length > 0 && (await GetAsync(runId, root, cancellationToken)).TryGet(out var file, out _))
            return [file with { Path = root[(root.LastIndexOf('/') + 1)..] }];
        var skip = root.Length == 0 ? 0 : root.Length + 1;
        return [.. files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => f.ToInfo(f.Path[skip..]))];
    }

    private static async Task<Failure?> InTheWayAsync(DbSession session, string runId, string path)
    {
        var above = ArtifactPaths.Above(path);
        if (above.Count > 0 && await session.ScalarAsync<string>("SELECT path FROM experiments_artifacts WHERE owner_id = @runId AND path IN @above", new { runId, above }) is { } file)
            return new Failure(ErrorCodes.Conflict, $"'{file}' is a file of this run, so it cannot also be a folder.", new FieldError("path", path, "a path whose folders are no files"));
        return (await BelowAsync(session, runId, path, " LIMIT 1")).Count > 0
            ? new Failure(ErrorCodes.Conflict, $"'{path}' is a folder of this run, so it cannot also be a file.", new FieldError("path", path, "a path that is no folder"))
            : null;
    }

    // Compared by the start of the text: LIKE is blind to case on SQLite, and a range depends on the database's collation. Both engines count characters, not UTF-16 units.
    private static Task<IReadOnlyList<ArtifactRow>> BelowAsync(DbSession session, string runId, string root, string limit = "")
        => root.Length == 0
            ? session.QueryAsync<ArtifactRow>($"SELECT path, hash, bytes FROM experiments_artifacts WHERE owner_id = @runId{limit}", new { runId })
            : session.QueryAsync<ArtifactRow>($"SELECT path, hash, bytes FROM experiments_artifacts WHERE owner_id = @runId AND substr(path, 1, @length) = @start{limit}",
                new { runId, start = root + "/", length = root.EnumerateRunes().Count() + 1 });

    private sealed class ArtifactRow
    {
        public string Path { get; set; } = "";
        public string Hash { get; set; } = "";
        public long Bytes { get; set; }

        public ArtifactInfo ToInfo(string path) => new(path, false, Bytes, Hash);
    }
}
