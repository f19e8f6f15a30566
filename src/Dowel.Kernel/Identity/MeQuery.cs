using System.Reflection;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Kernel.Rooms;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Identity;

/// <summary>Tells callers who they are and what there is for them.</summary>
internal sealed class MeQuery(IDb db, RoomSet rooms, IOptions<DowelOptions> options)
{
    private static readonly string Version = (typeof(MeQuery).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+')[0];

    public Task<Result<Me>> GetAsync(Actor actor, CancellationToken cancellationToken) => db.ReadAsync<Result<Me>>(async s =>
    {
        if (await s.FirstAsync<UserRow>("SELECT * FROM kernel_users WHERE id = @id", new { id = actor.UserId }) is not { } user) return Failure.NotFound("user", actor.UserName);
        var memberships = await s.QueryAsync<MemberRow>("""
            SELECT p.id, p.name, m.role FROM kernel_members m JOIN kernel_projects p ON p.id = m.project_id WHERE m.user_id = @id ORDER BY p.name
            """, new { id = actor.UserId });
        var scope = actor.ProjectScope is null ? null : await s.ScalarAsync<string>("SELECT name FROM kernel_projects WHERE id = @id", new { id = actor.ProjectScope });
        return new Me
        {
            User = actor.ProjectScope is null ? user.ToUser() : user.ToUserFor(actor),
            Projects = [.. memberships.Where(m => actor.ProjectScope is null || m.Id == actor.ProjectScope).Select(m => new Membership(m.Name, PermissionRules.ParseRole(m.Role)!.Value))],
            SingleUser = options.Value.SingleUser,
            TokenProject = scope,
            Rooms = rooms.Describe(),
            Version = Version,
        };
    }, cancellationToken);

    private sealed class MemberRow
    {
        public string Id { get; set; } = "";
        public string Name { get; set; } = "";
        public string Role { get; set; } = "";
    }
}
