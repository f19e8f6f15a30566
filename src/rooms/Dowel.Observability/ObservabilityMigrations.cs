using FluentMigrator;

namespace Dowel.Observability;

/// <summary>Drift reports. Predictions and ground truth are in logs of their own.</summary>
[Migration(70_0001, "observability")]
public sealed class ObservabilityMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Create.Table("observability_drift")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("endpoint_id").AsString(64).NotNullable()
            .WithColumn("at").AsInt64().NotNullable()
            .WithColumn("report").AsString(int.MaxValue).NotNullable();
        Create.Index("ix_observability_drift_endpoint").OnTable("observability_drift")
            .OnColumn("endpoint_id").Ascending().OnColumn("at").Descending();
    }
}
