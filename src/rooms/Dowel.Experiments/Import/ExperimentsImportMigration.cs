using FluentMigrator;

namespace Dowel.Experiments.Import;

/// <summary>What came from which other tracking server, and how far it is.</summary>
[Migration(40_0010, "imports into experiments")]
public sealed class ExperimentsImportMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Create.Table("experiments_imports")
            .WithColumn("project_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("source").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("kind").AsString(16).NotNullable().PrimaryKey()
            .WithColumn("source_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("target_id").AsString(64).NotNullable()
            // What the source's thing was when it was written: the same again changes nothing.
            .WithColumn("version").AsString(64).NotNullable()
            // Metric points of a run: how many the source has, and how many of them are here.
            .WithColumn("points").AsInt64().NotNullable()
            .WithColumn("sent").AsInt64().NotNullable()
            .WithColumn("at").AsInt64().NotNullable();
        // An import asks whether a file's content is in the project already.
        Create.Index("ix_experiments_artifacts_hash").OnTable("experiments_artifacts").OnColumn("hash").Ascending();
    }
}
