using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;

namespace Dowel.Features.Views;

/// <summary>A row of <c>features_views</c>.</summary>
internal sealed class ViewRow
{
    public string Id { get; set; } = "";
    public string EntityName { get; set; } = "";
    public string EntityType { get; set; } = "";
    public string TimestampField { get; set; } = "";
    public long? TtlSeconds { get; set; }
    public bool Online { get; set; }
    public string State { get; set; } = "";
    public string Features { get; set; } = "[]";
    public long RowCount { get; set; }
    public long OnlineEntities { get; set; }
    public long? LastPushAt { get; set; }
    public long DataVersion { get; set; }

    public IReadOnlyList<Feature> ReadFeatures() => JsonSerializer.Deserialize<Feature[]>(Features, DowelJson.Options) ?? [];

    public ViewSchema ToSchema() => ViewSchema.Of(Id, new Entity(EntityName, EntityType), TimestampField, TtlSeconds, Online, ReadFeatures());

    public FeatureView ToView(Resource resource) => new(resource.Info)
    {
        Entity = new Entity(EntityName, EntityType),
        Features = ReadFeatures(),
        TimestampField = TimestampField,
        TtlSeconds = TtlSeconds,
        Online = Online,
        State = Enum.Parse<FeatureState>(State, ignoreCase: true),
        Rows = RowCount,
        OnlineEntities = OnlineEntities,
        LastPushAt = Instants.FromMicros(LastPushAt),
        DataVersion = DataVersion,
    };

    public static string Text(FeatureState state) => state.ToString().ToLowerInvariant();
}
