using FluentMigrator;

namespace Dowel.Serving.Batch;

/// <summary>Batch runs.</summary>
[Migration(60_0003, "batch runs")]
public sealed class BatchMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up() => Create.Table("serving_batch_runs")
        .WithColumn("id").AsString(64).PrimaryKey()
        .WithColumn("project_id").AsString(64).NotNullable().Indexed("ix_serving_batch_runs_project")
        // In whose name it runs, and from where they asked: what they may do is looked up anew whenever it goes on.
        .WithColumn("user_id").AsString(64).NotNullable()
        .WithColumn("user_name").AsString(200).NotNullable()
        .WithColumn("project_scope").AsString(64).Nullable()
        .WithColumn("remote").AsString(100).NotNullable()
        .WithColumn("endpoint_id").AsString(64).Nullable().Indexed("ix_serving_batch_runs_endpoint")
        .WithColumn("endpoint").AsString(200).Nullable()
        .WithColumn("model_id").AsString(64).Nullable()
        .WithColumn("model").AsString(500).Nullable()
        .WithColumn("version").AsInt32().Nullable()
        .WithColumn("runtime").AsString(32).Nullable()
        .WithColumn("input_id").AsString(64).NotNullable()
        .WithColumn("input").AsString(500).NotNullable()
        .WithColumn("input_version").AsInt32().NotNullable()
        .WithColumn("output").AsString(200).NotNullable()
        .WithColumn("plan").AsString(int.MaxValue).NotNullable()
        .WithColumn("attempt").AsInt32().NotNullable()
        .WithColumn("state").AsString(16).NotNullable()
        .WithColumn("message").AsString(int.MaxValue).Nullable()
        .WithColumn("row_count").AsInt64().NotNullable()
        .WithColumn("done").AsInt64().NotNullable()
        .WithColumn("failed").AsInt64().NotNullable()
        .WithColumn("result").AsString(int.MaxValue).Nullable()
        .WithColumn("created_at").AsInt64().NotNullable()
        .WithColumn("started_at").AsInt64().Nullable()
        .WithColumn("ended_at").AsInt64().Nullable();
}
