namespace Dowel.Contracts;

/// <summary>A user as others see them.</summary>
public sealed record User
{
    /// <summary>Stable id.</summary>
    public string Id { get; init; } = "";
    /// <summary>User name, unique.</summary>
    public string Name { get; init; } = "";
    /// <summary>Name for people.</summary>
    public string DisplayName { get; init; } = "";
    /// <summary>E-mail address, where known.</summary>
    public string? Email { get; init; }
    /// <summary>Whether they administer the server.</summary>
    public bool IsAdmin { get; init; }
    /// <summary>Whether they may read everything and the audit trail.</summary>
    public bool IsAuditor { get; init; }
    /// <summary>Whether they are shut out.</summary>
    public bool Disabled { get; init; }
    /// <summary>Since when they exist.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>When they were last seen, where known.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }
}

/// <summary>The caller: who they are, their projects, and what this server has.</summary>
public sealed record Me
{
    /// <summary>The caller.</summary>
    public User User { get; init; } = new();
    /// <summary>Their projects with their role in each.</summary>
    public IReadOnlyList<Membership> Projects { get; init; } = [];
    /// <summary>Whether the server runs without sign-in, for one person.</summary>
    public bool SingleUser { get; init; }
    /// <summary>The project the token is limited to, if it is.</summary>
    public string? TokenProject { get; init; }
    /// <summary>The rooms of this server.</summary>
    public IReadOnlyList<RoomInfo> Rooms { get; init; } = [];
    /// <summary>The server's version.</summary>
    public string Version { get; init; } = "";
}

/// <summary>A role in a project.</summary>
/// <param name="Project">Project name.</param>
/// <param name="Role">Role.</param>
public sealed record Membership(string Project, ProjectRole Role);

/// <summary>A room: one part of the life cycle.</summary>
/// <param name="Name">Its name, such as <c>Catalog</c>.</param>
/// <param name="Enabled">Whether it is on.</param>
/// <param name="HowToEnable">The setting that switches it on.</param>
public sealed record RoomInfo(string Name, bool Enabled, string HowToEnable);

/// <summary>Makes a user. Without a password the answer has a one-time sign-in link with which they choose one.</summary>
public sealed record CreateUser
{
    /// <summary>User name: a letter or digit, then up to 62 of letters, digits, '.', '_', '-', '@'.</summary>
    public string Name { get; init; } = "";
    /// <summary>Name for people; null for the user name.</summary>
    public string? DisplayName { get; init; }
    /// <summary>E-mail address.</summary>
    public string? Email { get; init; }
    /// <summary>First password, at least 12 characters; null for a sign-in link.</summary>
    public string? Password { get; init; }
    /// <summary>Makes them an administrator.</summary>
    public bool IsAdmin { get; init; }
    /// <summary>Makes them an auditor.</summary>
    public bool IsAuditor { get; init; }
}

/// <summary>A user just made.</summary>
public sealed record CreatedUser
{
    /// <summary>The user.</summary>
    public User User { get; init; } = new();
    /// <summary>One-time sign-in link (path and query); null if a password was given.</summary>
    public string? SignInLink { get; init; }
}

/// <summary>Changes a user; what is null stays.</summary>
public sealed record PatchUser
{
    /// <summary>Name for people.</summary>
    public string? DisplayName { get; init; }
    /// <summary>E-mail address.</summary>
    public string? Email { get; init; }
    /// <summary>Administrator or not (administrators only).</summary>
    public bool? IsAdmin { get; init; }
    /// <summary>Auditor or not (administrators only).</summary>
    public bool? IsAuditor { get; init; }
    /// <summary>Shut out or not (administrators only).</summary>
    public bool? Disabled { get; init; }
}

/// <summary>A one-time sign-in link.</summary>
/// <param name="Link">Path and query, below the server's address.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record SignInLink(string Link, DateTimeOffset ExpiresAt);

/// <summary>Signs in by user name and password.</summary>
/// <param name="User">User name.</param>
/// <param name="Password">Password.</param>
public sealed record SignIn(string User, string Password);

/// <summary>Signs in by a one-time link's code, and sets a password if one is given.</summary>
/// <param name="Code">The code of the link.</param>
/// <param name="NewPassword">The password from now on; null leaves it.</param>
public sealed record RedeemLink(string Code, string? NewPassword = null);

/// <summary>Changes the caller's password.</summary>
/// <param name="Current">The present one; null where there is none yet.</param>
/// <param name="New">The new one: 12 to 512 characters.</param>
public sealed record ChangePassword(string? Current, string New);

/// <summary>An API token, without its secret.</summary>
public sealed record Token
{
    /// <summary>Stable id.</summary>
    public string Id { get; init; } = "";
    /// <summary>What it is for, in its owner's words.</summary>
    public string Name { get; init; } = "";
    /// <summary>Its first characters, to recognise it by.</summary>
    public string Hint { get; init; } = "";
    /// <summary><c>api</c>, or <c>session</c> for a sign-in.</summary>
    public string Kind { get; init; } = "api";
    /// <summary>The project it is limited to; null for all that its owner may.</summary>
    public string? Project { get; init; }
    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>Until when; null for no end.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
    /// <summary>When it was last used, to the minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
    /// <summary>When it was revoked.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>Makes a token for the caller.</summary>
public sealed record CreateToken
{
    /// <summary>What it is for.</summary>
    public string Name { get; init; } = "";
    /// <summary>Limits it to one project.</summary>
    public string? Project { get; init; }
    /// <summary>Days until it ends: 1 to 3650; null for 90, 0 for no end.</summary>
    public int? ExpiresInDays { get; init; }
}

/// <summary>A token just made. Its secret is never shown again.</summary>
/// <param name="Info">The token.</param>
/// <param name="Secret">The secret to send as Bearer.</param>
public sealed record CreatedToken(Token Info, string Secret);

/// <summary>A project: the space that owns things and has members.</summary>
public sealed record Project
{
    /// <summary>Stable id.</summary>
    public string Id { get; init; } = "";
    /// <summary>Name: lower-case letters, digits and '-', unique.</summary>
    public string Name { get; init; } = "";
    /// <summary>What it is for.</summary>
    public string Description { get; init; } = "";
    /// <summary>The caller's role; null for administrators and auditors who are no member.</summary>
    public ProjectRole? Role { get; init; }
    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>Counts its changes.</summary>
    public long Revision { get; init; }
}

/// <summary>Makes a project; the caller becomes its owner.</summary>
public sealed record CreateProject
{
    /// <summary>Name: 1 to 63 lower-case letters, digits and '-'.</summary>
    public string Name { get; init; } = "";
    /// <summary>What it is for.</summary>
    public string? Description { get; init; }
}

/// <summary>Changes a project.</summary>
/// <param name="Description">What it is for.</param>
public sealed record PatchProject(string? Description);

/// <summary>A member of a project.</summary>
/// <param name="User">User name.</param>
/// <param name="Role">Role.</param>
/// <param name="Since">Since when.</param>
public sealed record Member(string User, ProjectRole Role, DateTimeOffset Since);

/// <summary>Gives a member a role.</summary>
/// <param name="Role">Role.</param>
public sealed record SetMember(ProjectRole Role);

/// <summary>One record of the audit trail.</summary>
public sealed record AuditRecord
{
    /// <summary>Position in the trail, from 1, without gaps.</summary>
    public long Seq { get; init; }
    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }
    /// <summary>Who: user id; empty for nobody signed in; <c>system</c> for the server itself.</summary>
    public string ActorId { get; init; } = "";
    /// <summary>Who: user name at the time.</summary>
    public string Actor { get; init; } = "";
    /// <summary>From where: the remote address.</summary>
    public string Remote { get; init; } = "";
    /// <summary>What was done, such as <c>dataset.create</c>.</summary>
    public string Action { get; init; } = "";
    /// <summary><c>ok</c> or <c>denied</c>.</summary>
    public string Outcome { get; init; } = "ok";
    /// <summary>The project concerned, by name.</summary>
    public string Project { get; init; } = "";
    /// <summary>Id of the thing concerned.</summary>
    public string ResourceId { get; init; } = "";
    /// <summary>Name of the thing concerned at the time.</summary>
    public string Resource { get; init; } = "";
    /// <summary>What it was before, as JSON; null where nothing was.</summary>
    public string? Before { get; init; }
    /// <summary>What it was after, as JSON; null where nothing is.</summary>
    public string? After { get; init; }
    /// <summary>SHA-256 of this record and the hash before it, hexadecimal.</summary>
    public string Hash { get; init; } = "";
}

/// <summary>Which audit records.</summary>
public sealed record AuditQuery
{
    /// <summary>Only by this user name.</summary>
    public string? Actor { get; init; }
    /// <summary>Only actions that begin with this, such as <c>endpoint.</c>.</summary>
    public string? Action { get; init; }
    /// <summary>Only on this thing: id or name.</summary>
    public string? Resource { get; init; }
    /// <summary>Only this outcome: ok or denied.</summary>
    public string? Outcome { get; init; }
    /// <summary>Not before.</summary>
    public DateTimeOffset? From { get; init; }
    /// <summary>Before.</summary>
    public DateTimeOffset? To { get; init; }
    /// <summary>The page before's cursor.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1000, default 50. Newest first.</summary>
    public int? Limit { get; init; }
}

/// <summary>What checking the trail found.</summary>
public sealed record AuditVerification
{
    /// <summary>Whether every record is as it was written.</summary>
    public bool Ok { get; init; }
    /// <summary>How many records were read.</summary>
    public long Records { get; init; }
    /// <summary>What is wrong, at most the first 100.</summary>
    public IReadOnlyList<AuditProblem> Problems { get; init; } = [];
}

/// <summary>One thing wrong with the trail.</summary>
/// <param name="Seq">The record concerned.</param>
/// <param name="Kind"><c>altered</c>, <c>removed</c>, <c>reordered</c> or <c>head</c> (the signed end of the trail does not fit).</param>
/// <param name="Detail">What was found.</param>
public sealed record AuditProblem(long Seq, string Kind, string Detail);
