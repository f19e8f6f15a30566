using FluentMigrator;

namespace Dowel.Serving.Endpoints;

/// <summary>Endpoints and deployments.</summary>
[Migration(60_0001, "endpoints and deployments")]
public sealed class ServingMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Create.Table("serving_endpoints")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("features_view").AsString(64).Nullable()
            .WithColumn("features_name").AsString(300).Nullable()
            .WithColumn("on_missing").AsString(16).NotNullable()
            .WithColumn("stopped").AsBoolean().NotNullable();
        Create.Table("serving_deployments")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("endpoint_id").AsString(64).NotNullable().Indexed("ix_serving_deployments_endpoint")
            .WithColumn("name").AsString(64).NotNullable()
            .WithColumn("model_id").AsString(64).NotNullable()
            .WithColumn("model").AsString(200).NotNullable()
            .WithColumn("version").AsInt32().NotNullable()
            .WithColumn("alias").AsString(200).Nullable()
            .WithColumn("runtime").AsString(32).NotNullable()
            .WithColumn("replicas").AsInt32().NotNullable()
            .WithColumn("traffic").AsInt32().NotNullable()
            .WithColumn("created_at").AsInt64().NotNullable();
    }
}
