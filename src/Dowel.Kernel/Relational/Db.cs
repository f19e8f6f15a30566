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
    private readonly SqlitePool? _sqlite;
    private readonly GroupCommit? _groups;

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
            ConnectionString = new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true, DefaultTimeout = 30, Pooling = false }.ToString();
            _sqlite = new SqlitePool(ConnectionString);
            _groups = new GroupCommit(_sqlite, _writer);
        }
    }

    public DbEngine Engine { get; }

    internal string ConnectionString { get; }

    internal static bool IsPostgres(string? database) => database?.Contains("Host=", StringComparison.OrdinalIgnoreCase) == true;

    public async Task<T> ReadAsync<T>(Func<DbSession, Task<T>> read, CancellationToken cancellationToken)
    {
        if (_sqlite is not null)
        {
            var pooled = await _sqlite.RentAsync(cancellationToken);
            try
            {
                var value = await read(new DbSession(Engine, pooled, null, cancellationToken));
                _sqlite.Return(pooled);
                return value;
            }
            catch
            {
                await pooled.DisposeAsync();
                throw;
            }
        }
        await using var connection = await _postgres!.OpenConnectionAsync(cancellationToken);
        return await read(new DbSession(Engine, connection, null, cancellationToken));
    }

    public async Task<Result<T>> WriteAsync<T>(Func<DbSession, Task<Result<T>>> write, CancellationToken cancellationToken)
    {
        if (_sqlite is null)
        {
            await using var connection = await _postgres!.OpenConnectionAsync(cancellationToken);
            return await WriteOnAsync(connection, write, cancellationToken);
        }
        await _writer.WaitAsync(cancellationToken);
        try
        {
            var pooled = await _sqlite.RentAsync(cancellationToken);
            try
            {
                var result = await WriteOnAsync(pooled, write, cancellationToken);
                _sqlite.Return(pooled);
                return result;
            }
            catch
            {
                await pooled.DisposeAsync();
                throw;
            }
        }
        finally
        {
            _writer.Release();
        }
    }

    // PostgreSQL joins the commits of concurrent transactions by itself.
    public Task<Result<T>> WriteGroupedAsync<T>(Func<DbSession, Task<Result<T>>> write, CancellationToken cancellationToken)
        => _groups is null ? WriteAsync(write, cancellationToken) : _groups.WriteAsync(write, cancellationToken);

    /// <summary>A connection of its own, for migrations.</summary>
    internal async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
        => _sqlite is null ? await _postgres!.OpenConnectionAsync(cancellationToken) : await _sqlite.RentAsync(cancellationToken);

    private async Task<Result<T>> WriteOnAsync<T>(DbConnection connection, Func<DbSession, Task<Result<T>>> write, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var session = new DbSession(Engine, connection, transaction, cancellationToken);
        var result = await session.RunAsync(write);
        if (!result.IsOk) return result;
        await transaction.CommitAsync(cancellationToken);
        session.Committed();
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        if (_groups is not null) await _groups.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
        _sqlite?.Dispose();
        _writer.Dispose();
    }
}
