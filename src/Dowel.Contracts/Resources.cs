namespace Dowel.Contracts;

/// <summary>Who may see a thing.</summary>
public enum Visibility
{
    /// <summary>The members of its project.</summary>
    Private,
    /// <summary>Its project, and the people it is shared with.</summary>
    Shared,
    /// <summary>Everyone who is signed in may see and use it.</summary>
    Public,
}

/// <summary>What somebody may do with a thing; each includes those before it.</summary>
public enum Permission
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>See it: its description, schema, figures.</summary>
    Read,
    /// <summary>Use it: query the data, retrieve the features, load the model, call the endpoint.</summary>
    Use,
    /// <summary>Change it.</summary>
    Edit,
    /// <summary>Share, delete and own it.</summary>
    Manage,
}

/// <summary>A role in a project; each includes those before it.</summary>
public enum ProjectRole
{
    /// <summary>Sees and uses everything in it, changes nothing.</summary>
    Viewer,
    /// <summary>Creates and changes things in it.</summary>
    Contributor,
    /// <summary>Manages its members, shares and deletes.</summary>
    Owner,
}

/// <summary>What every named thing has in common: dataset, feature view, experiment, model, endpoint.</summary>
public record ResourceInfo
{
    /// <summary>Stable id, never reused.</summary>
    public string Id { get; init; } = "";
    /// <summary>Its kind, such as <c>dataset</c>.</summary>
    public string Kind { get; init; } = "";
    /// <summary>The project that owns it, by name.</summary>
    public string Project { get; init; } = "";
    /// <summary>Its name, unique among its kind in the project (endpoints: on the server).</summary>
    public string Name { get; init; } = "";
    /// <summary>What it is, for people.</summary>
    public string Description { get; init; } = "";
    /// <summary>The user who answers for it, by name.</summary>
    public string Owner { get; init; } = "";
    /// <summary>Free key-value tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    /// <summary>Who may see it.</summary>
    public Visibility Visibility { get; init; }
    /// <summary>What the caller may do with it.</summary>
    public Permission Access { get; init; }
    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>Who made it, by name.</summary>
    public string CreatedBy { get; init; } = "";
    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
    /// <summary>Counts its changes; sent as ETag, compared with If-Match.</summary>
    public long Revision { get; init; }
}

/// <summary>Changes what every thing has in common; what is null stays.</summary>
public record ResourcePatch
{
    /// <summary>New name.</summary>
    public string? Name { get; init; }
    /// <summary>New description.</summary>
    public string? Description { get; init; }
    /// <summary>New owner, by user name.</summary>
    public string? Owner { get; init; }
    /// <summary>New tags; replaces all of them.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>Makes a thing.</summary>
public record ResourceSpec
{
    /// <summary>The project that will own it; null for the caller's own project.</summary>
    public string? Project { get; init; }
    /// <summary>Its name: 1 to 200 characters, no control characters and no '/'.</summary>
    public string Name { get; init; } = "";
    /// <summary>What it is, for people.</summary>
    public string? Description { get; init; }
    /// <summary>The user who answers for it; null for the caller.</summary>
    public string? Owner { get; init; }
    /// <summary>Free key-value tags.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>A page of a list.</summary>
/// <typeparam name="T">What it lists.</typeparam>
public sealed record Page<T>
{
    /// <summary>The items, in the order asked for.</summary>
    public IReadOnlyList<T> Items { get; init; } = [];
    /// <summary>Give it back as <c>cursor</c> for the next page; null at the end.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>Which things of a list: those there, those in the bin, or both.</summary>
public enum LifecycleView
{
    /// <summary>Those that are not in the bin.</summary>
    Active,
    /// <summary>Those in the bin.</summary>
    Deleted,
    /// <summary>Both.</summary>
    All,
}

/// <summary>Which page of a list.</summary>
public record ListQuery
{
    /// <summary>Text that name or description contain.</summary>
    public string? Search { get; init; }
    /// <summary>Only of this project.</summary>
    public string? Project { get; init; }
    /// <summary>A column to sort by, with a leading '-' for descending: <c>name</c>, <c>created</c>, <c>updated</c>.</summary>
    public string? Sort { get; init; }
    /// <summary>The <see cref="Page{T}.NextCursor"/> of the page before.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1000, default 50.</summary>
    public int? Limit { get; init; }
}

/// <summary>One person that a thing is shared with.</summary>
/// <param name="User">User name.</param>
/// <param name="Level">read, use or edit.</param>
public sealed record Share(string User, Permission Level);

/// <summary>Who may see a thing.</summary>
public sealed record Sharing
{
    /// <summary>Private, shared or public.</summary>
    public Visibility Visibility { get; init; }
    /// <summary>The named people, when it is shared.</summary>
    public IReadOnlyList<Share> People { get; init; } = [];
}

/// <summary>One edge of the lineage graph: <see cref="From"/> went into <see cref="To"/>.</summary>
public sealed record LineageEdge
{
    /// <summary>Where it comes from.</summary>
    public LineageNode From { get; init; } = new();
    /// <summary>What was made from it.</summary>
    public LineageNode To { get; init; } = new();
    /// <summary>How, such as <c>trained</c>, <c>registered</c>, <c>serves</c>, <c>joins</c>, <c>predicts</c>.</summary>
    public string Relation { get; init; } = "";
    /// <summary>Since when.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary>One thing in the lineage graph.</summary>
public sealed record LineageNode
{
    /// <summary>Resource id; empty where the caller may not see it.</summary>
    public string Id { get; init; } = "";
    /// <summary>Its kind.</summary>
    public string Kind { get; init; } = "";
    /// <summary>Its name; <c>(hidden)</c> where the caller may not see it.</summary>
    public string Name { get; init; } = "";
    /// <summary>The version concerned, where it has versions.</summary>
    public string? Version { get; init; }
}

/// <summary>A table of values as JSON: column names and types, and rows in the same order.</summary>
public sealed record TableData
{
    /// <summary>The columns.</summary>
    public IReadOnlyList<ColumnInfo> Columns { get; init; } = [];
    /// <summary>The rows; each has one value a column: null, boolean, number, string (also dates and instants, ISO 8601) or array.</summary>
    public IReadOnlyList<object?[]> Rows { get; init; } = [];
}

/// <summary>A column: its name and type.</summary>
/// <param name="Name">Name.</param>
/// <param name="Type">boolean, int32, int64, float32, float64, decimal, string, date, timestamp, binary or another of DuckDB's names in lower case.</param>
/// <param name="Nullable">Whether values may be missing.</param>
public sealed record ColumnInfo(string Name, string Type, bool Nullable = true);
