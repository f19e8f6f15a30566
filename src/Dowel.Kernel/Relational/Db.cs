using System.Data.Common;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Results;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Dowel.Kernel.Relational;

/// <summary><see cref="IDb"/> over SQLite or PostgreSQL, chosen by <see cref="DowelOptions.Database"/>.</summary>
internal sealed class Db : IDb, IAsyncDisposable
{
    // SQLite has one writer; waiting here is fair, waiting inside SQLite is a poll.
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly NpgsqlDataSource? _postgres;

    public Db(IOptions<DowelOptions> options)
    {
        var database = options.Value.Database;
        if (IsPostgres(database))
        {
            Engine = DbEngine.Postgres;
            ConnectionString = database!;
            _postgres = NpgsqlDataSource.Create(database!);
        }
        else
        {
            Engine = DbEngine.Sqlite;
            var file = string.IsNullOrEmpty(database) ? Path.Combine(options.Value.DataDir, "dowel.db") : new SqliteConnectionStringBuilder(database).DataSource;
            ConnectionString = new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true, DefaultTimeout = 30 }.ToString();
        }
    }

    public DbEngine Engine { get; }

    internal string ConnectionString { get; }

    internal static bool IsPostgres(string? database) => database?.Contains("Host=", StringComparison.OrdinalIgnoreCase) == true;

    public async Task<T> ReadAsync<T>(Func<DbSession, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await read(new DbSession(Engine, connection, null, cancellationToken));
    }

    public async Task<Result<T>> WriteAsync<T>(Func<DbSession, Task<Result<T>>> write, CancellationToken cancellationToken)
    {
        if (Engine == DbEngine.Sqlite) await _writer.WaitAsync(cancellationToken);
        try
        {
            await using var connection = await OpenAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var session = new DbSession(Engine, connection, transaction, cancellationToken);
            Result<T> result;
            try
            {
                result = await write(session);
            }
            catch (FailureException e)
            {
                result = e.Failure;
            }
            if (!result.IsOk) return result;
            await transaction.CommitAsync(cancellationToken);
            session.Committed();
            return result;
        }
        finally
        {
            if (Engine == DbEngine.Sqlite) _writer.Release();
        }
    }

    internal async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (_postgres is not null) return await _postgres.OpenConnectionAsync(cancellationToken);
        var connection = new SqliteConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var pragma = connection.CreateCommand();
        // WAL with FULL syncs at each commit: what was acknowledged survives a power cut as well.
        pragma.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 30000;";
        await pragma.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }
        else
        {
            using var pool = new SqliteConnection(ConnectionString);
            SqliteConnection.ClearPool(pool);
        }
        _writer.Dispose();
    }
}
