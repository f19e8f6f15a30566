using System.Globalization;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Options;

namespace Dowel.Experiments.Artifacts;

/// <summary>A part of an upload as its client saw it.</summary>
internal readonly record struct UploadedPart(long Number, string ETag);

/// <summary>Who may put a part: whoever has this, until it expires.</summary>
internal readonly record struct PartPass(long Expires, string Signature);

/// <summary>
/// Uploads in parts. Whoever may write a file gets a signed pass for each part, with which parts are put side by side and without signing in; when all are there they are joined in order.
/// What is not complete within a day is removed.
/// </summary>
internal sealed class ArtifactUploads(IDb db, IObjectStore store, ArtifactService artifacts, ServerKey key, TimeProvider time, IOptions<DowelOptions> options)
{
    public const int MostParts = 10_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    public async Task<Result<string>> CreateAsync(string owner, string path, long parts, CancellationToken cancellationToken)
    {
        if (parts is < 1 or > MostParts) return Failure.Invalid("num_parts", parts, $"a number from 1 to {MostParts}");
        if (await artifacts.RefusedAsync(owner, path, cancellationToken) is { } refused) return refused;
        var id = Guid.CreateVersion7().ToString("n");
        return await db.WriteGroupedAsync<string>(async s =>
        {
            await s.ExecuteAsync("INSERT INTO experiments_uploads (id, owner_id, path, parts, at) VALUES (@id, @owner, @path, @parts, @now)", new { id, owner, path, parts, now = time.NowMicros() });
            return id;
        }, cancellationToken);
    }

    public PartPass Pass(string id, long part)
    {
        var expires = (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds();
        return new PartPass(expires, key.Sign(Text(id, part, expires)));
    }

    /// <summary>Stores a part; its hash. A part that is put again is replaced.</summary>
    public async Task<Result<string>> PutPartAsync(string id, long part, PartPass pass, Stream content, long? length, CancellationToken cancellationToken)
    {
        if (!key.Verify(Text(id, part, pass.Expires), pass.Signature) || pass.Expires < time.GetUtcNow().ToUnixTimeSeconds()) return new Failure(ErrorCodes.Forbidden, "The address of this part is not valid, or no more.");
        var most = options.Value.MaxUploadBytes;
        if (length > most) return TooLarge(most);
        if (await db.ReadAsync(s => FindAsync(s, id), cancellationToken) is not { Hash: null } upload || part > upload.Parts) return NotFound(id);
        if (!(await store.PutAsync(content, most, cancellationToken)).TryGet(out var stored, out var failure)) return failure;
        return await db.WriteGroupedAsync<string>(async s =>
        {
            // Its row is held: nobody completes or removes it meanwhile.
            if (await s.ExecuteAsync("UPDATE experiments_uploads SET at = at WHERE id = @id AND hash IS NULL", new { id }) == 0) return NotFound(id);
            var others = await s.ScalarAsync<long?>("SELECT SUM(bytes) FROM experiments_upload_parts WHERE upload_id = @id AND part <> @part", new { id, part }) ?? 0;
            if (others + stored.Bytes > most) return TooLarge(most);
            await s.ExecuteAsync("""
                INSERT INTO experiments_upload_parts (upload_id, part, hash, bytes) VALUES (@id, @part, @Hash, @Bytes) ON CONFLICT (upload_id, part) DO UPDATE SET hash = excluded.hash, bytes = excluded.bytes
                """, new { id, part, stored.Hash, stored.Bytes });
            return stored.Hash;
        }, cancellationToken);
    }

    /// <summary>Joins the parts to a file of the owner. Once more changes nothing.</summary>
    public async Task<Result<Unit>> CompleteAsync(Actor actor, Resource experiment, string owner, string path, string id, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken)
    {
        var (upload, there) = await db.ReadAsync(async s => (await FindAsync(s, id), await s.QueryAsync<PartRow>("SELECT part, hash FROM experiments_upload_parts WHERE upload_id = @id ORDER BY part", new { id })), cancellationToken);
        if (upload is null || upload.OwnerId != owner || upload.Path != path) return NotFound(id);
        if (upload.Hash is not null) return Unit.Value;
        if (Check(upload, there, parts) is { } wrong) return wrong;
        await using var whole = new JoinedStream(store, [.. there.Select(p => p.Hash)]);
        if (!(await store.PutAsync(whole, options.Value.MaxUploadBytes, cancellationToken)).TryGet(out var stored, out var failure)) return failure;
        return await db.WriteGroupedAsync<Unit>(async s =>
        {
            if (await s.ExecuteAsync("UPDATE experiments_uploads SET hash = @Hash WHERE id = @id AND hash IS NULL", new { id, stored.Hash }) == 0)
                return await FindAsync(s, id) is null ? NotFound(id) : Unit.Value;
            await s.ExecuteAsync("DELETE FROM experiments_upload_parts WHERE upload_id = @id", new { id });
            return (await artifacts.RecordAsync(s, actor, experiment, owner, path, stored)).Map(_ => Unit.Value);
        }, cancellationToken);
    }

    /// <summary>Gives an upload up. One that is complete or gone stays so.</summary>
    public Task<Result<Unit>> AbortAsync(string owner, string id, CancellationToken cancellationToken) => db.WriteGroupedAsync<Unit>(async s =>
    {
        if (await s.ExecuteAsync("DELETE FROM experiments_uploads WHERE id = @id AND owner_id = @owner AND hash IS NULL", new { id, owner }) > 0)
            await s.ExecuteAsync("DELETE FROM experiments_upload_parts WHERE upload_id = @id", new { id });
        return Unit.Value;
    }, cancellationToken);

    /// <summary>Removes what was begun more than a day ago; the contents go with the objects that nothing refers to.</summary>
    public Task<Result<Unit>> ExpireAsync(CancellationToken cancellationToken) => db.WriteAsync<Unit>(async s =>
    {
        var before = (time.GetUtcNow() - Lifetime).ToMicros();
        await s.ExecuteAsync("DELETE FROM experiments_upload_parts WHERE upload_id IN (SELECT id FROM experiments_uploads WHERE at < @before)", new { before });
        await s.ExecuteAsync("DELETE FROM experiments_uploads WHERE at < @before", new { before });
        return Unit.Value;
    }, cancellationToken);

    private static Failure? Check(UploadRow upload, IReadOnlyList<PartRow> there, IReadOnlyList<UploadedPart> given)
    {
        if (there.Count != upload.Parts) return Failure.Invalid("parts", $"{there.Count} parts that were put", $"{upload.Parts} parts");
        if (given.Count != there.Count) return Failure.Invalid("parts", $"{given.Count} parts", $"{upload.Parts} parts");
        var sorted = given.OrderBy(p => p.Number).ToList();
        for (var i = 0; i < sorted.Count; i++)
        {
            if (sorted[i].Number != there[i].Part) return Failure.Invalid("parts.part_number", sorted[i].Number, $"each number from 1 to {upload.Parts} once");
            if (sorted[i].ETag.Trim('"') != there[i].Hash) return Failure.Invalid("parts.etag", sorted[i].ETag, $"the ETag with which part {there[i].Part} was answered");
        }
        return null;
    }

    // The purpose stands first, so that no other signature of this server passes for one of these.
    private static byte[] Text(string id, long part, long expires) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"artifact-part\n{id}\n{part}\n{expires}"));

    private static Task<UploadRow?> FindAsync(DbSession session, string id)
        => session.FirstAsync<UploadRow>("SELECT owner_id, path, parts, hash FROM experiments_uploads WHERE id = @id", new { id });

    private static Failure NotFound(string id) => new(ErrorCodes.NotFound, $"There is no upload '{id}' of this file under way.");

    private static Failure TooLarge(long most) => new(ErrorCodes.TooLarge, $"The upload is larger than {most} bytes.");

    private sealed class UploadRow
    {
        public string OwnerId { get; set; } = "";
        public string Path { get; set; } = "";
        public long Parts { get; set; }
        public string? Hash { get; set; }
    }

    private sealed class PartRow
    {
        public long Part { get; set; }
        public string Hash { get; set; } = "";
    }
}
