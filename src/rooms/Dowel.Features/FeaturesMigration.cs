using FluentMigrator;

namespace Dowel.Features;

/// <summary>Feature views, the journal of their pushes, and the segments that make up their offline store.</summary>
[Migration(30_0001, "features")]
public sealed class FeaturesMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Create.Table("features_views")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("entity_name").AsString(100).NotNullable()
            .WithColumn("entity_type").AsString(16).NotNullable()
            .WithColumn("timestamp_field").AsString(100).NotNullable()
            .WithColumn("ttl_seconds").AsInt64().Nullable()
            .WithColumn("online").AsBoolean().NotNullable()
            .WithColumn("state").AsString(16).NotNullable()
            .WithColumn("features").AsString(int.MaxValue).NotNullable()
            .WithColumn("row_count").AsInt64().NotNullable()
            .WithColumn("online_entities").AsInt64().NotNullable()
            .WithColumn("last_push_at").AsInt64().Nullable()
            .WithColumn("data_version").AsInt64().NotNullable();

        Create.Table("features_pushes")
            .WithColumn("seq").AsInt64().PrimaryKey()
            .WithColumn("view_id").AsString(64).NotNullable()
            // pending: announced; done: in both stores.
            .WithColumn("status").AsString(16).NotNullable()
            .WithColumn("hash").AsString(64).NotNullable()
            .WithColumn("row_count").AsInt64().NotNullable()
            .WithColumn("feature_count").AsInt64().NotNullable()
            .WithColumn("data_version").AsInt64().Nullable()
            .WithColumn("pushed_at").AsInt64().NotNullable()
            .WithColumn("pushed_by").AsString(200).NotNullable();
        Create.Index("ix_features_pushes_status").OnTable("features_pushes").OnColumn("status").Ascending().OnColumn("seq").Ascending();
        Create.Index("ix_features_pushes_view").OnTable("features_pushes").OnColumn("view_id").Ascending().OnColumn("seq").Ascending();

        // What the offline store reads: only segments of pushes that are done.
        Create.Table("features_segments")
            .WithColumn("view_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("seq").AsInt64().NotNullable().PrimaryKey()
            .WithColumn("hash").AsString(64).NotNullable()
            .WithColumn("row_count").AsInt64().NotNullable()
            .WithColumn("feature_count").AsInt64().NotNullable()
            // 0: one push; n: merged from segments of n - 1.
            .WithColumn("level").AsInt64().NotNullable();
    }
}
