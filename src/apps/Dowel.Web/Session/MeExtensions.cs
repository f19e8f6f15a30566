namespace Dowel.Web.Session;

/// <summary>What a person may do, as far as the pages need it to show or hide things. The API decides.</summary>
internal static class MeExtensions
{
    /// <summary>Whether a room is on; a server that lists no rooms has them all.</summary>
    public static bool HasRoom(this Me me, string room) => me.Rooms.FirstOrDefault(r => string.Equals(r.Name, room, StringComparison.OrdinalIgnoreCase))?.Enabled ?? me.Rooms.Count == 0;

    public static bool MayAudit(this Me me) => me.User.IsAdmin || me.User.IsAuditor || me.SingleUser;

    /// <summary>Whether the person sees everybody's predictions; otherwise only their own.</summary>
    public static bool SeesAllPredictions(this Me me, Endpoint endpoint) => endpoint.Access >= Permission.Edit || me.User.IsAuditor;

    /// <summary>What to call the person: the name for people, without what stands in brackets behind it.</summary>
    public static string CallName(this Me me)
    {
        var name = me.User.DisplayName.Split('(')[0].Trim();
        return name.Length > 0 ? name : me.User.DisplayName.Length > 0 ? me.User.DisplayName : me.User.Name;
    }

    public static bool MayAdminister(this Me me) => me.User.IsAdmin || me.SingleUser;

    /// <summary>Whether the person sees all of a project's things; others may have been shared with them or not.</summary>
    public static bool SeesProject(this Me me, string project) => me.MayAudit() || me.Projects.Any(p => p.Project == project);

    /// <summary>The projects in which the person may create things.</summary>
    public static IReadOnlyList<string> WritableProjects(this Me me) => [.. me.Projects.Where(p => p.Role >= ProjectRole.Contributor).Select(p => p.Project)];
}
