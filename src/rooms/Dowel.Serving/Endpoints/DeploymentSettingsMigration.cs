using FluentMigrator;

namespace Dowel.Serving.Endpoints;

/// <summary>Settings of deployments, what is deployed besides model versions, limits and ingress of endpoints.</summary>
[Migration(60_0002, "settings of deployments and endpoints")]
public sealed class DeploymentSettingsMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Alter.Table("serving_endpoints")
            .AddColumn("limits").AsString(int.MaxValue).Nullable()
            .AddColumn("ingress").AsString(int.MaxValue).Nullable()
            .AddColumn("ingress_projects").AsString(int.MaxValue).Nullable();
        Alter.Table("serving_deployments")
            .AddColumn("beside").AsBoolean().NotNullable().WithDefaultValue(false)
            .AddColumn("source").AsString(int.MaxValue).Nullable()
            .AddColumn("settings").AsString(int.MaxValue).Nullable()
            .AddColumn("signature").AsString(int.MaxValue).Nullable();
    }
}
