using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;

namespace Dowel.Kernel.Identity;

/// <summary>A row of <c>kernel_users</c>.</summary>
internal class UserRow
{
    public string Id { get; set; } = "";
    public string Name { get; set; } = "";
    public string DisplayName { get; set; } = "";
    public string? Email { get; set; }
    public string? PasswordHash { get; set; }
    public bool IsAdmin { get; set; }
    public bool IsAuditor { get; set; }
    public bool Disabled { get; set; }
    public string? OidcIssuer { get; set; }
    public string? OidcSubject { get; set; }
    public long CreatedAt { get; set; }
    public long? LastSeenAt { get; set; }

    /// <summary>The whole user, for administrators, auditors and themselves.</summary>
    public User ToUser() => new()
    {
        Id = Id,
        Name = Name,
        DisplayName = DisplayName,
        Email = Email,
        IsAdmin = IsAdmin,
        IsAuditor = IsAuditor,
        Disabled = Disabled,
        CreatedAt = Instants.FromMicros(CreatedAt),
        LastSeenAt = Instants.FromMicros(LastSeenAt),
    };

    /// <summary>What anybody signed in may know: enough to share something with them.</summary>
    public User ToUserFor(Actor actor) => actor.IsAdmin || actor.IsAuditor || (actor.UserId == Id && actor.ProjectScope is null)
        ? ToUser()
        : new User { Id = Id, Name = Name, DisplayName = DisplayName, IsAdmin = IsAdmin, IsAuditor = IsAuditor, Disabled = Disabled, CreatedAt = Instants.FromMicros(CreatedAt) };

    /// <summary>The user as an actor; a token limited to a project has no platform role.</summary>
    public Actor ToActor(string remote, string? tokenId = null, string? projectScope = null) => new()
    {
        UserId = Id,
        UserName = Name,
        IsAdmin = IsAdmin && projectScope is null,
        IsAuditor = IsAuditor && projectScope is null,
        ProjectScope = projectScope,
        TokenId = tokenId,
        Remote = remote,
    };

    /// <summary>What the audit trail says of a user: nothing secret.</summary>
    public object Audited() => new { Name, DisplayName, Email, IsAdmin, IsAuditor, Disabled };
}
