using Dowel.Contracts;
using Dowel.Kernel.Access;

namespace Dowel.Kernel.Resources;

/// <summary>The one place that says what a role, a share and a visibility are worth.</summary>
internal static class PermissionRules
{
    public static Permission Evaluate(Actor actor, ResourceRow row)
    {
        if (!actor.IsSignedIn || (actor.ProjectScope is { } scope && scope != row.ProjectId)) return Permission.None;
        if (actor.IsAdmin) return Permission.Manage;
        var best = actor.IsAuditor ? Permission.Read : Permission.None;
        best = Max(best, OfRole(ParseRole(row.Role)));
        if (row.Visibility == "public") best = Max(best, Permission.Use);
        if (row.Visibility == "shared" && row.ShareLevel is { } level) best = Max(best, Enum.Parse<Permission>(level, ignoreCase: true));
        return best;
    }

    public static Permission OfRole(ProjectRole? role) => role switch
    {
        ProjectRole.Owner => Permission.Manage,
        ProjectRole.Contributor => Permission.Edit,
        ProjectRole.Viewer => Permission.Use,
        _ => Permission.None,
    };

    public static ProjectRole? ParseRole(string? role) => role is null ? null : Enum.Parse<ProjectRole>(role, ignoreCase: true);

    private static Permission Max(Permission a, Permission b) => a > b ? a : b;
}
