using FluentMigrator;

namespace Dowel.Catalog;

/// <summary>Datasets, their versions and the profiles that were computed of them.</summary>
[Migration(20_0001, "catalog")]
public sealed class CatalogMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        // The last number given stands apart from the versions: updating it locks the dataset on both engines, and a number is never given twice.
        Create.Table("catalog_datasets")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("last_version").AsInt64().NotNullable();

        Create.Table("catalog_versions")
            .WithColumn("dataset_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("version").AsInt64().NotNullable().PrimaryKey()
            .WithColumn("row_count").AsInt64().NotNullable()
            .WithColumn("bytes").AsInt64().NotNullable()
            .WithColumn("hash").AsString(64).NotNullable()
            // Of the upload itself, so that sending the same file again is recognised whatever the conversion makes of it.
            .WithColumn("upload_hash").AsString(64).NotNullable()
            .WithColumn("columns").AsString(int.MaxValue).NotNullable()
            .WithColumn("source").AsString(500).Nullable()
            .WithColumn("created_at").AsInt64().NotNullable()
            .WithColumn("created_by").AsString(200).NotNullable();

        Create.Table("catalog_profiles")
            .WithColumn("dataset_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("version").AsInt64().NotNullable().PrimaryKey()
            .WithColumn("profile").AsString(int.MaxValue).NotNullable();
    }
}
