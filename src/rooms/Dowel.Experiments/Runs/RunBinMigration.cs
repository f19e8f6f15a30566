using FluentMigrator;

namespace Dowel.Experiments.Runs;

/// <summary>The runs in the bin, which are few among many.</summary>
[Migration(40_0005, "runs in the bin")]
public sealed class RunBinMigration : SqlMigration
{
    /// <inheritdoc/>
    public override void Up() => Sql("CREATE INDEX ix_experiments_run_bin ON experiments_runs (experiment_no, started_at DESC, id) WHERE deleted_at IS NOT NULL");
}
