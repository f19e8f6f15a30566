using Dowel.Contracts;

namespace Dowel.Features.Views;

/// <summary>Types of features and keys.</summary>
internal enum FeatureType : byte
{
    Boolean,
    Int64,
    Float64,
    Text,
}

/// <summary>What the stores need to know of a view. Immutable: a change makes another, and features are only ever added at the end.</summary>
internal sealed record ViewSchema
{
    public required string Id { get; init; }
    public required Entity Entity { get; init; }
    public required FeatureType KeyType { get; init; }
    public required string TimestampField { get; init; }
    public required long? TtlSeconds { get; init; }
    public required bool Online { get; init; }
    public required IReadOnlyList<Feature> Features { get; init; }
    public required FeatureType[] Types { get; init; }
    /// <summary>The 16 bytes that the view's keys in the online store begin with.</summary>
    public required byte[] KeyPrefix { get; init; }

    public int IndexOf(string feature)
    {
        for (var i = 0; i < Features.Count; i++)
            if (Features[i].Name == feature) return i;
        return -1;
    }

    /// <summary>Whether a row of that time is past its validity.</summary>
    public bool IsExpired(long eventMicros, long nowMicros) => TtlSeconds is { } ttl && nowMicros - eventMicros > ttl * 1_000_000;

    public static ViewSchema Of(string id, Entity entity, string timestampField, long? ttlSeconds, bool online, IReadOnlyList<Feature> features) => new()
    {
        Id = id,
        Entity = entity,
        KeyType = TypeOf(entity.Type)!.Value,
        TimestampField = timestampField,
        TtlSeconds = ttlSeconds,
        Online = online,
        Features = features,
        Types = [.. features.Select(f => TypeOf(f.Type)!.Value)],
        KeyPrefix = PrefixOf(id),
    };

    /// <summary>The bytes of the UUID in an id.</summary>
    public static byte[] PrefixOf(string id) => Convert.FromHexString(id.AsSpan(id.LastIndexOf('_') + 1));

    public static FeatureType? TypeOf(string type) => type switch
    {
        "boolean" => FeatureType.Boolean,
        "int64" => FeatureType.Int64,
        "float64" => FeatureType.Float64,
        "string" => FeatureType.Text,
        _ => null,
    };

    public static string NameOf(FeatureType type) => type switch
    {
        FeatureType.Boolean => "boolean",
        FeatureType.Int64 => "int64",
        FeatureType.Float64 => "float64",
        _ => "string",
    };
}
