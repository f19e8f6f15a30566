using FluentMigrator;

namespace Dowel.Registry.Import;

/// <summary>What came from which other registry.</summary>
[Migration(50_0010, "imports into the registry")]
public sealed class RegistryImportMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
        => Create.Table("registry_imports")
            .WithColumn("project_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("source").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("name").AsString(500).NotNullable().PrimaryKey()
            // 0 is the model itself.
            .WithColumn("number").AsInt64().NotNullable().PrimaryKey()
            .WithColumn("target_id").AsString(64).NotNullable()
            .WithColumn("version").AsString(64).NotNullable()
            // Whether the model came whole once: from then on its gate holds for imports, too.
            .WithColumn("is_done").AsBoolean().NotNullable()
            .WithColumn("at").AsInt64().NotNullable();
}
