using FluentMigrator;

namespace Dowel.Experiments.LoggedModels;

/// <summary>Every value that a run logs for a model, where there was the last one alone.</summary>
[Migration(40_0004, "metrics of logged models")]
public sealed class ModelMetricsMigration : SqlMigration
{
    private const string Columns = "model_no, name, at, step, run_id, dataset_name, dataset_digest, value, is_nan";

    /// <inheritdoc/>
    public override void Up()
    {
        Sql("ALTER TABLE experiments_model_metrics RENAME TO experiments_old_model_metrics");
        Sql("""
            CREATE TABLE experiments_model_metrics (model_no BIGINT NOT NULL, name VARCHAR(250) NOT NULL, at BIGINT NOT NULL, step BIGINT NOT NULL, run_id VARCHAR(64) NOT NULL, dataset_name VARCHAR(500) NOT NULL,
                dataset_digest VARCHAR(36) NOT NULL, value DOUBLE PRECISION NOT NULL, is_nan SMALLINT NOT NULL, PRIMARY KEY (model_no, name, at, step, run_id, dataset_name, dataset_digest)) {compact}
            """);
        Sql($"INSERT INTO experiments_model_metrics ({Columns}) SELECT {Columns} FROM experiments_old_model_metrics");
        Sql("DROP TABLE experiments_old_model_metrics");
        Sql("CREATE INDEX ix_experiments_model_metrics_value ON experiments_model_metrics (name, value, model_no)");
    }
}
