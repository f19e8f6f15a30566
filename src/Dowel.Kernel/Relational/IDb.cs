using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Relational;

/// <summary>The relational engine behind the metadata.</summary>
public enum DbEngine
{
    /// <summary>SQLite in WAL mode, one file.</summary>
    Sqlite,
    /// <summary>PostgreSQL.</summary>
    Postgres,
}

/// <summary>Relational metadata. SQL must run on both engines: lower_snake_case names, instants as Unix microseconds, JSON as text.</summary>
public interface IDb
{
    /// <summary>Which engine it is.</summary>
    DbEngine Engine { get; }

    /// <summary>Reads in one connection, without a transaction.</summary>
    Task<T> ReadAsync<T>(Func<DbSession, Task<T>> read, CancellationToken cancellationToken = default);

    /// <summary>Writes in one transaction: committed and durable when it returns a value, rolled back when it returns or throws a failure.</summary>
    Task<Result<T>> WriteAsync<T>(Func<DbSession, Task<Result<T>>> write, CancellationToken cancellationToken = default);

    /// <summary>
    /// As <see cref="WriteAsync"/>, for small writes that come thousands of times a second: on SQLite it shares its transaction, and so its sync to the disk, with others that wait.
    /// It fails alone. It must not wait for anything but the database.
    /// </summary>
    Task<Result<T>> WriteGroupedAsync<T>(Func<DbSession, Task<Result<T>>> write, CancellationToken cancellationToken = default);
}

/// <summary>One connection, and its transaction if it has one. Thin over Dapper.</summary>
public sealed class DbSession
{
    private static readonly Regex ListParameter = new(@"\b(NOT )?IN @(\w+)", RegexOptions.Compiled | RegexOptions.CultureInvariant);
    private readonly DbConnection _connection;
    private readonly DbTransaction? _transaction;
    private readonly CancellationToken _cancellationToken;
    private List<Action>? _afterCommit;
    private Dictionary<string, PreparedStatement>? _own;

    static DbSession() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    internal DbSession(DbEngine engine, DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken)
        => (Engine, _connection, _transaction, _cancellationToken) = (engine, connection, transaction, cancellationToken);

    /// <summary>Which engine it is.</summary>
    public DbEngine Engine { get; }

    /// <summary>All rows. Map to classes or records with settable properties; snake_case columns fit PascalCase names.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? args = null)
        => (await _connection.QueryAsync<T>(Command(sql, args))).AsList();

    /// <summary>The first row, or default.</summary>
    public Task<T?> FirstAsync<T>(string sql, object? args = null) => _connection.QueryFirstOrDefaultAsync<T>(Command(sql, args));

    /// <summary>The first value of the first row, or default.</summary>
    public Task<T?> ScalarAsync<T>(string sql, object? args = null) => _connection.ExecuteScalarAsync<T>(Command(sql, args));

    /// <summary>Runs a statement; the number of rows it changed. A sequence of objects as args runs it once each.</summary>
    public Task<int> ExecuteAsync(string sql, object? args = null) => _connection.ExecuteAsync(Command(sql, args));

    /// <summary>Runs <paramref name="action"/> once the transaction has committed, such as replacing a snapshot in memory; at once where there is none.</summary>
    public void AfterCommit(Action action)
    {
        if (_transaction is null) action();
        else (_afterCommit ??= []).Add(action);
    }

    /// <summary>A statement that stays prepared on this connection. It belongs to the session: do not keep it, and use one at a time.</summary>
    public PreparedStatement Prepare(string sql)
    {
        var statements = _connection is PooledSqlite pooled ? pooled.Statements : _own ??= [];
        if (!statements.TryGetValue(sql, out var statement)) statements.Add(sql, statement = new PreparedStatement(_connection, sql));
        return statement.In(_transaction);
    }

    internal void Committed() => _afterCommit?.ForEach(a => a());

    internal void Forget() => _afterCommit = null;

    /// <summary>Runs a write; a <see cref="FailureException"/> in it is its failure.</summary>
    internal async Task<Result<T>> RunAsync<T>(Func<DbSession, Task<Result<T>>> write)
    {
        try
        {
            return await write(this);
        }
        catch (FailureException e)
        {
            return e.Failure;
        }
    }

    private CommandDefinition Command(string sql, object? args) => new(Portable(sql), args, _transaction, cancellationToken: _cancellationToken);

    // A list parameter, "IN @ids": for SQLite Dapper spells its members out; to PostgreSQL it goes as one array, which IN does not take.
    private string Portable(string sql) => Engine == DbEngine.Postgres && sql.Contains("IN @", StringComparison.Ordinal)
        ? ListParameter.Replace(sql, m => m.Groups[1].Success ? $"<> ALL(@{m.Groups[2].Value})" : $"= ANY(@{m.Groups[2].Value})")
        : sql;
}
