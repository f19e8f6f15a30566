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

/// <summary>What MLflow's registry knows besides: sources, stages, tags that can be searched; one history of all changes; approvals.</summary>
[Migration(50_0002, "registry: sources, stages, history, approvals")]
public sealed class RegistryHistoryMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        // Counts the changes of the gate: an approval is good for the gate that it was given for.
        Alter.Table("registry_models").AddColumn("gate_revision").AsInt64().NotNullable().WithDefaultValue(1);

        Alter.Table("registry_versions")
            .AddColumn("source").AsString(int.MaxValue).NotNullable().WithDefaultValue("")
            // How it begins, for an index.
            .AddColumn("source_sort").AsString(100).NotNullable().WithDefaultValue("")
            // Where somebody may load it from who has no files of it here; empty for the source.
            .AddColumn("storage").AsString(int.MaxValue).NotNullable().WithDefaultValue("")
            .AddColumn("run_link").AsString(int.MaxValue).NotNullable().WithDefaultValue("")
            .AddColumn("logged_model_id").AsString(250).NotNullable().WithDefaultValue("")
            .AddColumn("stage").AsString(16).NotNullable().WithDefaultValue("None")
            .AddColumn("updated_at").AsInt64().NotNullable().WithDefaultValue(0);
        Execute.Sql("UPDATE registry_versions SET updated_at = created_at, source = 'runs:/' || run_id || '/' || artifact_path, source_sort = substr('runs:/' || run_id || '/' || artifact_path, 1, 100)");
        Create.Index("ix_registry_versions_source").OnTable("registry_versions").OnColumn("source_sort").Ascending();
        Create.Index("ix_registry_versions_updated").OnTable("registry_versions").OnColumn("updated_at").Ascending();
        Create.Index("ix_registry_versions_stage").OnTable("registry_versions").OnColumn("model_id").Ascending().OnColumn("stage").Ascending().OnColumn("number").Ascending();

        Alter.Table("registry_version_tags").AddColumn("sort_value").AsString(100).NotNullable().WithDefaultValue("");
        Execute.Sql("UPDATE registry_version_tags SET sort_value = substr(value, 1, 100)");
        Create.Index("ix_registry_version_tags_sort").OnTable("registry_version_tags").OnColumn("name").Ascending().OnColumn("sort_value").Ascending().OnColumn("version_id").Ascending();

        Create.Table("registry_history")
            .WithColumn("id").AsInt64().PrimaryKey().Identity()
            .WithColumn("model_id").AsString(64).NotNullable()
            .WithColumn("number").AsInt64().Nullable()
            .WithColumn("kind").AsString(16).NotNullable()
            .WithColumn("subject").AsString(250).NotNullable()
            .WithColumn("from_value").AsString(int.MaxValue).Nullable()
            .WithColumn("to_value").AsString(int.MaxValue).Nullable()
            .WithColumn("at").AsInt64().NotNullable()
            .WithColumn("by_id").AsString(64).NotNullable()
            .WithColumn("by_name").AsString(200).NotNullable()
            .WithColumn("reason").AsString(int.MaxValue).NotNullable();
        Create.Index("ix_registry_history_model").OnTable("registry_history").OnColumn("model_id").Ascending().OnColumn("id").Ascending();
        Execute.Sql("""
            INSERT INTO registry_history (model_id, number, kind, subject, from_value, to_value, at, by_id, by_name, reason)
            SELECT model_id, COALESCE(to_number, from_number), 'Alias', alias, CAST(from_number AS TEXT), CAST(to_number AS TEXT), at, by_id, by_name, reason FROM registry_alias_moves ORDER BY id
            """);
        Delete.Table("registry_alias_moves");

        Create.Table("registry_approvals")
            .WithColumn("id").AsInt64().PrimaryKey().Identity()
            .WithColumn("version_id").AsString(64).NotNullable().Indexed("ix_registry_approvals_version")
            .WithColumn("alias").AsString(100).NotNullable()
            .WithColumn("gate_revision").AsInt64().NotNullable()
            .WithColumn("approved").AsBoolean().NotNullable()
            .WithColumn("comment").AsString(int.MaxValue).NotNullable()
            .WithColumn("at").AsInt64().NotNullable()
            .WithColumn("by_id").AsString(64).NotNullable()
            .WithColumn("by_name").AsString(200).NotNullable();
    }
}
