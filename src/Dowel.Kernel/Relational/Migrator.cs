using System.Reflection;
using Dapper;
using Dowel.Kernel.Rooms;
using FluentMigrator;
using FluentMigrator.Runner;
using FluentMigrator.Runner.VersionTableInfo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dowel.Kernel.Relational;

/// <summary>Brings the database up to date at start. One process at a time: a file lock on SQLite's data folder, an advisory lock on PostgreSQL.</summary>
internal sealed partial class Migrator(Db db, RoomSet rooms, ILogger<Migrator> logger)
{
    private const long AdvisoryLock = 0x446F77656C; // "Dowel"

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Assembly[] assemblies = [typeof(Migrator).Assembly, .. rooms.Enabled.Select(r => r.GetType().Assembly).Distinct()];
        var wanted = assemblies.SelectMany(a => a.GetTypes()).Select(t => t.GetCustomAttribute<MigrationAttribute>()?.Version).OfType<long>().ToHashSet();

        await using var connection = await db.OpenAsync(cancellationToken);
        if (db.Engine == DbEngine.Postgres) await connection.ExecuteAsync("SELECT pg_advisory_lock(@key)", new { key = AdvisoryLock });
        try
        {
            // Building FluentMigrator's runner costs more than the rest of the start, so it is built only when there is work.
            var applied = await AppliedAsync(connection);
            if (wanted.IsSubsetOf(applied)) return;
            LogMigrating(wanted.Except(applied).Count());
            await using var services = new ServiceCollection()
                .AddFluentMigratorCore()
                .ConfigureRunner(r => (db.Engine == DbEngine.Postgres ? r.AddPostgres() : r.AddSQLite())
                    .WithGlobalConnectionString(db.ConnectionString)
                    .ScanIn(assemblies).For.Migrations())
                .AddScoped<IVersionTableMetaData, VersionTable>()
                .BuildServiceProvider();
            await using var scope = services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<IMigrationRunner>().MigrateUp();
        }
        finally
        {
            if (db.Engine == DbEngine.Postgres) await connection.ExecuteAsync("SELECT pg_advisory_unlock(@key)", new { key = AdvisoryLock });
        }
    }

    private async Task<HashSet<long>> AppliedAsync(System.Data.Common.DbConnection connection)
    {
        var exists = await connection.ExecuteScalarAsync<long>(db.Engine == DbEngine.Postgres
            ? "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'kernel_schema_version'"
            : "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'kernel_schema_version'");
        return exists == 0 ? [] : [.. await connection.QueryAsync<long>("SELECT version FROM kernel_schema_version")];
    }

    [LoggerMessage(1100, LogLevel.Information, "Applying {Count} database migrations")]
    private partial void LogMigrating(int count);

    private sealed class VersionTable : IVersionTableMetaData
    {
        public bool OwnsSchema => false;
        public string SchemaName => "";
        public string TableName => "kernel_schema_version";
        public string ColumnName => "version";
        public string DescriptionColumnName => "description";
        public string UniqueIndexName => "uc_kernel_schema_version";
        public string AppliedOnColumnName => "applied_on";
        public bool CreateWithPrimaryKey => false;
    }
}
