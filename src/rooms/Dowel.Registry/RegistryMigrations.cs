using FluentMigrator;

namespace Dowel.Registry;

/// <summary>Models, versions with their files and gate results, aliases with their moves.</summary>
[Migration(50_0001, "registry")]
public sealed class RegistryMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Create.Table("registry_models")
            .WithColumn("id").AsString(64).PrimaryKey()
            // The highest number ever given, so that no number comes twice.
            .WithColumn("last_version").AsInt64().NotNullable()
            .WithColumn("gate").AsString(int.MaxValue).NotNullable();

        Create.Table("registry_versions")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("model_id").AsString(64).NotNullable()
            .WithColumn("number").AsInt64().NotNullable()
            .WithColumn("description").AsString(int.MaxValue).NotNullable()
            .WithColumn("flavor").AsString(64).NotNullable()
            .WithColumn("signature").AsString(int.MaxValue).Nullable()
            .WithColumn("input_example").AsString(int.MaxValue).Nullable()
            .WithColumn("run_id").AsString(64).NotNullable().Indexed("ix_registry_versions_run")
            .WithColumn("experiment_id").AsString(64).NotNullable()
            .WithColumn("artifact_path").AsString(500).NotNullable()
            .WithColumn("metrics").AsString(int.MaxValue).NotNullable()
            .WithColumn("training_data").AsString(int.MaxValue).NotNullable()
            .WithColumn("created_at").AsInt64().NotNullable()
            .WithColumn("created_by_id").AsString(64).NotNullable()
            .WithColumn("created_by").AsString(200).NotNullable();
        Create.Index("ux_registry_versions_number").OnTable("registry_versions").OnColumn("model_id").Ascending().OnColumn("number").Ascending().WithOptions().Unique();

        Create.Table("registry_version_tags")
            .WithColumn("version_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("name").AsString(250).NotNullable().PrimaryKey()
            .WithColumn("value").AsString(int.MaxValue).NotNullable();

        Create.Table("registry_files")
            .WithColumn("version_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("path").AsString(500).NotNullable().PrimaryKey()
            .WithColumn("hash").AsString(64).NotNullable()
            .WithColumn("bytes").AsInt64().NotNullable();

        Create.Table("registry_gate_results")
            .WithColumn("id").AsInt64().PrimaryKey().Identity()
            .WithColumn("version_id").AsString(64).NotNullable().Indexed("ix_registry_gate_results_version")
            .WithColumn("passed").AsBoolean().NotNullable()
            .WithColumn("checks").AsString(int.MaxValue).NotNullable()
            .WithColumn("at").AsInt64().NotNullable()
            .WithColumn("by_id").AsString(64).NotNullable()
            .WithColumn("by_name").AsString(200).NotNullable();

        Create.Table("registry_aliases")
            .WithColumn("model_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("alias").AsString(100).NotNullable().PrimaryKey()
            .WithColumn("version_id").AsString(64).NotNullable().Indexed("ix_registry_aliases_version")
            .WithColumn("number").AsInt64().NotNullable();

        Create.Table("registry_alias_moves")
            .WithColumn("id").AsInt64().PrimaryKey().Identity()
            .WithColumn("model_id").AsString(64).NotNullable().Indexed("ix_registry_alias_moves_model")
            .WithColumn("alias").AsString(100).NotNullable()
            .WithColumn("from_number").AsInt64().Nullable()
            .WithColumn("to_number").AsInt64().Nullable()
            .WithColumn("at").AsInt64().NotNullable()
            .WithColumn("by_id").AsString(64).NotNullable()
            .WithColumn("by_name").AsString(200).NotNullable()
            .WithColumn("reason").AsString(int.MaxValue).NotNullable();
    }
}
