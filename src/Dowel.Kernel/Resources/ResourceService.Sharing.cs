using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Resources;

internal sealed partial class ResourceService
{
    public Task<Sharing> GetSharingAsync(Resource resource, CancellationToken cancellationToken)
        => db.ReadAsync(s => SharingAsync(s, resource.Id), cancellationToken);

    public Task<Result<Sharing>> SetSharingAsync(Actor actor, Resource resource, Sharing sharing, CancellationToken cancellationToken) => db.WriteAsync<Sharing>(async s =>
    {
        var shares = new List<object>();
        foreach (var (share, i) in (sharing.People ?? []).Select((p, i) => (p, i)))
        {
            if (share is null) return Failure.Invalid($"people[{i}]", null, "a user and a level");
            if (share.Level is not (Permission.Read or Permission.Use or Permission.Edit))
                return Failure.Invalid($"people[{i}].level", share.Level, "read, use or edit");
            if (await s.ScalarAsync<string>("SELECT id FROM kernel_users WHERE name = @name", new { name = share.User }) is not { } userId)
                return Failure.Invalid($"people[{i}].user", share.User, "the name of a user");
            shares.Add(new { resource = resource.Id, userId, level = share.Level.ToString().ToLowerInvariant() });
        }
        if (shares.Count > 0 && sharing.People!.Select(p => p.User).Distinct().Count() != shares.Count)
            return Failure.Invalid("people", "the same user twice", "each user once");
        if (sharing.Visibility != Visibility.Shared && shares.Count > 0)
            return Failure.Invalid("visibility", sharing.Visibility, "shared, where people are named");

        var before = await SharingAsync(s, resource.Id);
        await s.ExecuteAsync("UPDATE kernel_resources SET visibility = @visibility, updated_at = @now, revision = revision + 1 WHERE id = @id",
            new { id = resource.Id, visibility = sharing.Visibility.ToString().ToLowerInvariant(), now = time.NowMicros() });
        await s.ExecuteAsync("DELETE FROM kernel_shares WHERE resource_id = @id", new { id = resource.Id });
        if (shares.Count > 0) await s.ExecuteAsync("INSERT INTO kernel_shares (resource_id, user_id, level) VALUES (@resource, @userId, @level)", shares);
        var after = await SharingAsync(s, resource.Id);
        await audit.AppendAsync(s, AuditEntry.On(actor, resource, $"{resource.Info.Kind}.share", before, after));
        s.AfterCommit(cache.Clear);
        return after;
    }, cancellationToken);

    private static async Task<Sharing> SharingAsync(DbSession session, string id)
    {
        var visibility = await session.ScalarAsync<string>("SELECT visibility FROM kernel_resources WHERE id = @id", new { id }) ?? "private";
        var people = await session.QueryAsync<ShareRow>(
            "SELECT u.name AS user_name, s.level FROM kernel_shares s JOIN kernel_users u ON u.id = s.user_id WHERE s.resource_id = @id ORDER BY u.name", new { id });
        return new Sharing
        {
            Visibility = Enum.Parse<Visibility>(visibility, ignoreCase: true),
            People = [.. people.Select(p => new Share(p.UserName, Enum.Parse<Permission>(p.Level, ignoreCase: true)))],
        };
    }

    private sealed class ShareRow
    {
        public string UserName { get; set; } = "";
        public string Level { get; set; } = "";
    }
}
