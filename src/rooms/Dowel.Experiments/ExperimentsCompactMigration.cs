using FluentMigrator;

namespace Dowel.Experiments;

/// <summary>
/// Runs, metrics, params and tags under small numbers instead of long texts; a journal for what is logged; runs in the bin; datasets that runs read, and logged models.
/// What was there is carried over.
/// </summary>
[Migration(40_0002, "compact experiments")]
public sealed class ExperimentsCompactMigration : SqlMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        foreach (var table in (string[])["runs", "metrics", "metric_points", "params", "tags", "artifacts"])
            Sql($"ALTER TABLE experiments_{table} RENAME TO experiments_old_{table}");

        Sql("CREATE TABLE experiments_experiments (no {id}, id VARCHAR(64) NOT NULL UNIQUE, artifact_location TEXT NOT NULL)");
        Sql("CREATE TABLE experiments_names (no {id}, name VARCHAR(250) NOT NULL UNIQUE)");
        Sql("""
            CREATE TABLE experiments_runs (no {id}, id VARCHAR(64) NOT NULL UNIQUE, experiment_no BIGINT NOT NULL, name VARCHAR(500) NOT NULL, status VARCHAR(16) NOT NULL,
                user_id VARCHAR(64) NOT NULL, user_name VARCHAR(200) NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT, updated_at BIGINT NOT NULL, deleted_at BIGINT, inputs TEXT NOT NULL)
            """);
        Sql("CREATE INDEX ix_experiments_run_started ON experiments_runs (experiment_no, started_at DESC, id)");
        Sql("CREATE INDEX ix_experiments_run_name ON experiments_runs (experiment_no, name, id)");

        // One row for each metric of a run: its last value. NaN is a flag beside the value 0, because SQLite keeps NaN as NULL; infinities are values on both engines.
        Sql("""
            CREATE TABLE experiments_metrics (run_no BIGINT NOT NULL, name_no BIGINT NOT NULL, experiment_no BIGINT NOT NULL, value DOUBLE PRECISION NOT NULL, is_nan SMALLINT NOT NULL,
                step BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (run_no, name_no)) {compact}
            """);
        Sql("CREATE INDEX ix_experiments_metric_value ON experiments_metrics (experiment_no, name_no, is_nan, value, run_no)");
        // The key holds the whole point, so a repeated call changes nothing.
        Sql("""
            CREATE TABLE experiments_metric_points (run_no BIGINT NOT NULL, name_no BIGINT NOT NULL, step BIGINT NOT NULL, at BIGINT NOT NULL, is_nan SMALLINT NOT NULL, value DOUBLE PRECISION NOT NULL,
                PRIMARY KEY (run_no, name_no, step, at, is_nan, value)) {compact}
            """);
        // What was logged and acknowledged, a row a call, until it is in the two tables above.
        Sql("CREATE TABLE experiments_journal (no {id}, run_no BIGINT NOT NULL, points {bytes} NOT NULL)");

        foreach (var table in (string[])["params", "tags"])
        {
            Sql($$"""
                CREATE TABLE experiments_{{table}} (run_no BIGINT NOT NULL, name_no BIGINT NOT NULL, experiment_no BIGINT NOT NULL, value TEXT NOT NULL, sort_value VARCHAR(100) NOT NULL,
                    PRIMARY KEY (run_no, name_no)) {compact}
                """);
            Sql($"CREATE INDEX ix_experiments_{table}_value ON experiments_{table} (experiment_no, name_no, sort_value, run_no)");
        }

        // The owner is a run or a logged model.
        Sql("CREATE TABLE experiments_artifacts (owner_id VARCHAR(64) NOT NULL, path VARCHAR(500) NOT NULL, hash VARCHAR(64) NOT NULL, bytes BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (owner_id, path)) {compact}");

        Sql("""
            CREATE TABLE experiments_datasets (no {id}, experiment_no BIGINT NOT NULL, name VARCHAR(500) NOT NULL, digest VARCHAR(36) NOT NULL, source_type TEXT NOT NULL, source TEXT NOT NULL, schema TEXT, profile TEXT,
                UNIQUE (experiment_no, name, digest))
            """);
        Sql("CREATE TABLE experiments_inputs (run_no BIGINT NOT NULL, dataset_no BIGINT NOT NULL, context VARCHAR(500), tags TEXT NOT NULL, PRIMARY KEY (run_no, dataset_no)) {compact}");
        Sql("CREATE INDEX ix_experiments_inputs_dataset ON experiments_inputs (dataset_no, run_no)");

        Sql("""
            CREATE TABLE experiments_models (no {id}, id VARCHAR(64) NOT NULL UNIQUE, experiment_no BIGINT NOT NULL, name VARCHAR(500) NOT NULL, source_run_id VARCHAR(64) NOT NULL, status VARCHAR(32) NOT NULL,
                status_message TEXT NOT NULL, model_type TEXT NOT NULL, user_name VARCHAR(200) NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT)
            """);
        Sql("CREATE INDEX ix_experiments_models_created ON experiments_models (experiment_no, created_at, id)");
        Sql("CREATE INDEX ix_experiments_models_run ON experiments_models (source_run_id)");
        foreach (var table in (string[])["model_params", "model_tags"])
        {
            Sql($$"""CREATE TABLE experiments_{{table}} (model_no BIGINT NOT NULL, name VARCHAR(250) NOT NULL, value TEXT NOT NULL, sort_value VARCHAR(100) NOT NULL, PRIMARY KEY (model_no, name)) {compact}""");
            Sql($"CREATE INDEX ix_experiments_{table}_value ON experiments_{table} (name, sort_value, model_no)");
        }
        Sql("""
            CREATE TABLE experiments_model_metrics (model_no BIGINT NOT NULL, name VARCHAR(250) NOT NULL, run_id VARCHAR(64) NOT NULL, dataset_name VARCHAR(500) NOT NULL, dataset_digest VARCHAR(36) NOT NULL,
                value DOUBLE PRECISION NOT NULL, is_nan SMALLINT NOT NULL, step BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (model_no, name, run_id, dataset_name, dataset_digest)) {compact}
            """);
        Sql("CREATE INDEX ix_experiments_model_metrics_value ON experiments_model_metrics (name, value, model_no)");
        // Which models a run read (input) or made (output).
        Sql("CREATE TABLE experiments_run_models (run_no BIGINT NOT NULL, model_id VARCHAR(64) NOT NULL, role VARCHAR(8) NOT NULL, step BIGINT NOT NULL, PRIMARY KEY (run_no, model_id, role)) {compact}");

        // Uploads in parts, for a day; one that is joined has the hash of the whole.
        Sql("CREATE TABLE experiments_uploads (id VARCHAR(64) NOT NULL PRIMARY KEY, owner_id VARCHAR(64) NOT NULL, path VARCHAR(500) NOT NULL, parts BIGINT NOT NULL, at BIGINT NOT NULL, hash VARCHAR(64)) {compact}");
        Sql("CREATE TABLE experiments_upload_parts (upload_id VARCHAR(64) NOT NULL, part BIGINT NOT NULL, hash VARCHAR(64) NOT NULL, bytes BIGINT NOT NULL, PRIMARY KEY (upload_id, part)) {compact}");

        CarryOver();
        foreach (var table in (string[])["runs", "metrics", "metric_points", "params", "tags", "artifacts"]) Sql($"DROP TABLE experiments_old_{table}");
    }

    private void CarryOver()
    {
        Sql("INSERT INTO experiments_experiments (id, artifact_location) SELECT id, 'mlflow-artifacts:/' || id FROM kernel_resources WHERE kind = 'experiment' ORDER BY created_at, id");
        Sql("""
            INSERT INTO experiments_runs (id, experiment_no, name, status, user_id, user_name, started_at, ended_at, updated_at, inputs)
            SELECT o.id, e.no, o.name, o.status, o.user_id, o.user_name, o.started_at, o.ended_at, o.updated_at, o.inputs
            FROM experiments_old_runs o JOIN experiments_experiments e ON e.id = o.experiment_id ORDER BY o.started_at, o.id
            """);
        Sql("INSERT INTO experiments_names (name) SELECT name FROM experiments_old_metrics UNION SELECT name FROM experiments_old_params UNION SELECT name FROM experiments_old_tags");
        Sql("""
            INSERT INTO experiments_metrics (run_no, name_no, experiment_no, value, is_nan, step, at)
            SELECT r.no, n.no, r.experiment_no, o.value, CASE WHEN o.is_nan THEN 1 ELSE 0 END, o.step, o.at
            FROM experiments_old_metrics o JOIN experiments_runs r ON r.id = o.run_id JOIN experiments_names n ON n.name = o.name
            """);
        Sql("""
            INSERT INTO experiments_metric_points (run_no, name_no, step, at, is_nan, value)
            SELECT r.no, n.no, p.step, p.at, CASE WHEN p.is_nan THEN 1 ELSE 0 END, p.value
            FROM experiments_old_metric_points p JOIN experiments_old_metrics o ON o.id = p.metric_id JOIN experiments_runs r ON r.id = o.run_id JOIN experiments_names n ON n.name = o.name
            """);
        foreach (var table in (string[])["params", "tags"])
            Sql($"""
                INSERT INTO experiments_{table} (run_no, name_no, experiment_no, value, sort_value)
                SELECT r.no, n.no, r.experiment_no, o.value, o.sort_value FROM experiments_old_{table} o JOIN experiments_runs r ON r.id = o.run_id JOIN experiments_names n ON n.name = o.name
                """);
        Sql("INSERT INTO experiments_artifacts (owner_id, path, hash, bytes, at) SELECT run_id, path, hash, bytes, at FROM experiments_old_artifacts");
    }
}
