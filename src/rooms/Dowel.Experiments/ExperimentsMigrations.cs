using FluentMigrator;

namespace Dowel.Experiments;

/// <summary>Runs with their params, tags, metrics and artifacts.</summary>
[Migration(40_0001, "experiments")]
public sealed class ExperimentsMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Create.Table("experiments_runs")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("experiment_id").AsString(64).NotNullable()
            .WithColumn("name").AsString(250).NotNullable()
            .WithColumn("status").AsString(16).NotNullable()
            .WithColumn("user_id").AsString(64).NotNullable()
            .WithColumn("user_name").AsString(200).NotNullable()
            .WithColumn("started_at").AsInt64().NotNullable()
            .WithColumn("ended_at").AsInt64().Nullable()
            .WithColumn("updated_at").AsInt64().NotNullable()
            .WithColumn("inputs").AsString(int.MaxValue).NotNullable();
        foreach (var column in new[] { "started_at", "name", "status" })
            Create.Index($"ix_experiments_runs_{column}").OnTable("experiments_runs")
                .OnColumn("experiment_id").Ascending().OnColumn(column).Ascending().OnColumn("id").Ascending();

        foreach (var table in new[] { "experiments_params", "experiments_tags" })
        {
            Create.Table(table)
                .WithColumn("run_id").AsString(64).NotNullable().PrimaryKey()
                .WithColumn("name").AsString(250).NotNullable().PrimaryKey()
                // The run's, so that one index answers a sort or a filter over an experiment.
                .WithColumn("experiment_id").AsString(64).NotNullable()
                .WithColumn("value").AsString(int.MaxValue).NotNullable()
                // How the value begins: an index entry of PostgreSQL cannot hold a long text.
                .WithColumn("sort_value").AsString(100).NotNullable();
            Create.Index($"ix_{table}_sort").OnTable(table)
                .OnColumn("experiment_id").Ascending().OnColumn("name").Ascending().OnColumn("sort_value").Ascending().OnColumn("run_id").Ascending();
        }

        // One row for each metric of a run, with its last value; its points carry only the short id.
        Create.Table("experiments_metrics")
            .WithColumn("id").AsInt64().PrimaryKey().Identity()
            .WithColumn("run_id").AsString(64).NotNullable()
            .WithColumn("name").AsString(250).NotNullable()
            .WithColumn("experiment_id").AsString(64).NotNullable()
            // NaN is a flag beside the value 0, because SQLite keeps NaN as NULL; infinities are values on both engines.
            .WithColumn("value").AsCustom("DOUBLE PRECISION").NotNullable()
            .WithColumn("is_nan").AsBoolean().NotNullable()
            .WithColumn("step").AsInt64().NotNullable()
            .WithColumn("at").AsInt64().NotNullable();
        Create.Index("ux_experiments_metrics_run").OnTable("experiments_metrics").OnColumn("run_id").Ascending().OnColumn("name").Ascending().WithOptions().Unique();
        Create.Index("ix_experiments_metrics_sort").OnTable("experiments_metrics")
            .OnColumn("experiment_id").Ascending().OnColumn("name").Ascending().OnColumn("is_nan").Ascending().OnColumn("value").Ascending().OnColumn("run_id").Ascending();

        // The key holds the whole point, so a repeated call changes nothing. SQLite needs no second tree for it.
        const string points = """
            CREATE TABLE experiments_metric_points (
                metric_id BIGINT NOT NULL, step BIGINT NOT NULL, at BIGINT NOT NULL, is_nan BOOLEAN NOT NULL, value DOUBLE PRECISION NOT NULL,
                PRIMARY KEY (metric_id, step, at, is_nan, value))
            """;
        IfDatabase(name => name.StartsWith("SQLite", StringComparison.OrdinalIgnoreCase)).Execute.Sql(points + " WITHOUT ROWID");
        IfDatabase(name => !name.StartsWith("SQLite", StringComparison.OrdinalIgnoreCase)).Execute.Sql(points);

        Create.Table("experiments_artifacts")
            .WithColumn("run_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("path").AsString(500).NotNullable().PrimaryKey()
            .WithColumn("hash").AsString(64).NotNullable()
            .WithColumn("bytes").AsInt64().NotNullable()
            .WithColumn("at").AsInt64().NotNullable();
    }
}
