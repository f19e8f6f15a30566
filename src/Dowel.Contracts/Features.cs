namespace Dowel.Contracts;

/// <summary>Where a feature view stands in its life.</summary>
public enum FeatureState
{
    /// <summary>Being built; may change.</summary>
    Draft,
    /// <summary>In use; its schema changes only by adding.</summary>
    Active,
    /// <summary>Still answers, but nothing new should build on it.</summary>
    Deprecated,
}

/// <summary>A feature view: features of an entity over time, kept offline (history) and online (newest).</summary>
public sealed record FeatureView : ResourceInfo
{
    /// <summary>For JSON.</summary>
    public FeatureView() { }
    /// <summary>With what every thing has in common.</summary>
    public FeatureView(ResourceInfo info) : base(info) { }
    /// <summary>The entity whose features these are.</summary>
    public Entity Entity { get; init; } = new("", "int64");
    /// <summary>The features.</summary>
    public IReadOnlyList<Feature> Features { get; init; } = [];
    /// <summary>The column that says when a row was true.</summary>
    public string TimestampField { get; init; } = "event_timestamp";
    /// <summary>For how long a row stays valid, in seconds; null for ever.</summary>
    public long? TtlSeconds { get; init; }
    /// <summary>Whether rows are kept in the online store as well.</summary>
    public bool Online { get; init; }
    /// <summary>State.</summary>
    public FeatureState State { get; init; }
    /// <summary>Rows in the offline store.</summary>
    public long Rows { get; init; }
    /// <summary>Entities in the online store, as of the last push.</summary>
    public long OnlineEntities { get; init; }
    /// <summary>When rows were last pushed.</summary>
    public DateTimeOffset? LastPushAt { get; init; }
    /// <summary>Counts pushes; a training set names the data version it was made from.</summary>
    public long DataVersion { get; init; }
}

/// <summary>An entity: what a feature is about.</summary>
/// <param name="Name">The join key, such as <c>passenger_id</c>.</param>
/// <param name="Type">int64 or string.</param>
public sealed record Entity(string Name, string Type);

/// <summary>One feature.</summary>
public sealed record Feature
{
    /// <summary>Name: letters, digits and '_'.</summary>
    public string Name { get; init; } = "";
    /// <summary>boolean, int64, float64 or string.</summary>
    public string Type { get; init; } = "float64";
    /// <summary>What it means.</summary>
    public string Description { get; init; } = "";
    /// <summary>The value where none is stored and a reader asks for defaults; null for missing.</summary>
    public object? Default { get; init; }
}

/// <summary>Makes a feature view.</summary>
public sealed record CreateFeatureView : ResourceSpec
{
    /// <summary>The entity.</summary>
    public Entity Entity { get; init; } = new("", "int64");
    /// <summary>The features, at least one.</summary>
    public IReadOnlyList<Feature> Features { get; init; } = [];
    /// <summary>The timestamp column; default <c>event_timestamp</c>.</summary>
    public string? TimestampField { get; init; }
    /// <summary>Validity in seconds; null for ever.</summary>
    public long? TtlSeconds { get; init; }
    /// <summary>Keep rows online as well; default true.</summary>
    public bool? Online { get; init; }
    /// <summary>State; default draft.</summary>
    public FeatureState? State { get; init; }
    /// <summary>What its rows are computed from, such as <c>dataset:titanic@1</c>; the lineage shows it.</summary>
    public IReadOnlyList<string>? Sources { get; init; }
}

/// <summary>Changes a feature view.</summary>
public sealed record PatchFeatureView : ResourcePatch
{
    /// <summary>New state.</summary>
    public FeatureState? State { get; init; }
    /// <summary>Features to add; existing ones stay as they are.</summary>
    public IReadOnlyList<Feature>? AddFeatures { get; init; }
    /// <summary>What its rows are computed from now, in place of what was named before.</summary>
    public IReadOnlyList<string>? Sources { get; init; }
}

/// <summary>What a push did. It is answered when the rows are durable in both stores.</summary>
public sealed record PushResult
{
    /// <summary>Rows pushed.</summary>
    public long Rows { get; init; }
    /// <summary>Entities whose newest row changed online.</summary>
    public long OnlineUpdated { get; init; }
    /// <summary>The view's data version after it.</summary>
    public long DataVersion { get; init; }
}

/// <summary>Asks for features as they were at each row's time (point-in-time join).</summary>
public sealed record HistoricalFeaturesRequest
{
    /// <summary>What to join: <c>view</c> (all its features) or <c>view:feature</c>; the view by name, project.name or id.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];
    /// <summary>The entity rows: the join keys, <c>event_timestamp</c>, and any other columns, which are kept (labels).</summary>
    public TableData EntityRows { get; init; } = new();
}

/// <summary>The answer: the entity rows in their order with the features joined on.</summary>
public sealed record HistoricalFeatures
{
    /// <summary>The table.</summary>
    public TableData Table { get; init; } = new();
    /// <summary>The views used, with their data versions, as "project.name@version".</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];
}

/// <summary>Asks for the newest features of entities.</summary>
public sealed record OnlineFeaturesRequest
{
    /// <summary>What to read: <c>view</c> or <c>view:feature</c>.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];
    /// <summary>For each join key, its values; 1 to 10000.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<object>> Entities { get; init; } = new Dictionary<string, IReadOnlyList<object>>();
}

/// <summary>The newest features of entities.</summary>
public sealed record OnlineFeatures
{
    /// <summary>Feature names, in the order of <see cref="Values"/>.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];
    /// <summary>A row an entity.</summary>
    public IReadOnlyList<object?[]> Values { get; init; } = [];
    /// <summary>For each entity: <c>present</c>, <c>not_found</c> or <c>expired</c>.</summary>
    public IReadOnlyList<string> Statuses { get; init; } = [];
    /// <summary>For each entity, when its row was true.</summary>
    public IReadOnlyList<DateTimeOffset?> EventTimestamps { get; init; } = [];
}
