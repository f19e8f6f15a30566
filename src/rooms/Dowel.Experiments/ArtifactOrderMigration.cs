using FluentMigrator;

namespace Dowel.Experiments;

/// <summary>Paths of artifacts in the order of their bytes, in which a folder is listed without reading what lies below it. SQLite keeps them so; PostgreSQL in the order of the database's language.</summary>
[Migration(40_0003, "order of artifacts")]
public sealed class ArtifactOrderMigration : SqlMigration
{
    /// <inheritdoc/>
    public override void Up() => PostgresSql("""CREATE INDEX ix_experiments_artifacts_order ON experiments_artifacts (owner_id, path COLLATE "C")""");
}
