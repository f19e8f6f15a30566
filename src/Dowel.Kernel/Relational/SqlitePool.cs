using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Dowel.Kernel.Relational;

/// <summary>Open SQLite connections, set up once: opening one and setting its pragmas would cost more than most reads.</summary>
internal sealed class SqlitePool(string connectionString) : IDisposable
{
    private const int MostIdle = 16;

    // WAL with FULL syncs at each commit: what was acknowledged survives a power cut as well. LIKE means the same on both engines.
    private const string Pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 30000; PRAGMA case_sensitive_like = ON; PRAGMA temp_store = MEMORY;";
    private readonly ConcurrentBag<PooledSqlite> _idle = [];
    private volatile bool _disposed;

    public async ValueTask<PooledSqlite> RentAsync(CancellationToken cancellationToken)
    {
        if (_idle.TryTake(out var connection)) return connection;
        connection = new PooledSqlite(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var pragma = connection.CreateCommand();
        pragma.CommandText = Pragmas;
        await pragma.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    /// <summary>Takes one back that may be used again; one on which something broke is disposed by who rented it.</summary>
    public void Return(PooledSqlite connection)
    {
        if (_disposed || _idle.Count >= MostIdle) connection.Dispose();
        else _idle.Add(connection);
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var connection)) connection.Dispose();
    }
}

/// <summary>A connection with the statements that stay prepared on it.</summary>
internal sealed class PooledSqlite(string connectionString) : SqliteConnection(connectionString)
{
    public Dictionary<string, PreparedStatement> Statements { get; } = [];

    protected override void Dispose(bool disposing)
    {
        foreach (var statement in Statements.Values) statement.Dispose();
        Statements.Clear();
        base.Dispose(disposing);
    }
}
