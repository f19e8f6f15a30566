using System.Globalization;
using System.Text;
using DuckDB.NET.Data;

namespace Dowel.Tables;

/// <summary>
/// The few things everybody needs who speaks to DuckDB: opening it, quoting, and running trusted SQL.
/// Users' own SQL goes through <see cref="Workers.TableWorkers"/> and nowhere else.
/// </summary>
public static class Duck
{
    /// <summary>
    /// Opens a fresh in-memory DuckDB that never reaches for the network: extensions are neither installed nor loaded by themselves
    /// (json, parquet and icu are part of the library), and its time zone is UTC.
    /// </summary>
    /// <param name="options">What it may use; null for the defaults.</param>
    public static DuckDBConnection Open(DuckOptions? options = null)
    {
        options ??= DuckOptions.Default;
        var settings = new DuckDBConnectionStringBuilder
        {
            DataSource = DuckDBConnectionStringBuilder.InMemoryDataSource,
            Threads = options.Threads,
            MemoryLimit = string.Create(CultureInfo.InvariantCulture, $"{options.MemoryMegabytes}MiB"),
            AutoinstallKnownExtensions = false,
            AutoloadKnownExtensions = false,
            AllowCommunityExtensions = false,
            AllowUnsignedExtensions = false,
            AllowPersistentSecrets = false,
        };
        var connection = new DuckDBConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            connection.Execute("SET TimeZone = 'UTC'");
            connection.Execute($"SET temp_directory = {Literal(options.TempDirectory ?? "")}");
            if (options.TempDirectory is not null) connection.Execute(string.Create(CultureInfo.InvariantCulture, $"SET max_temp_directory_size = '{options.MaxTempMegabytes}MiB'"));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Shuts off the file system but for the named files and folders, and then the configuration, for good.
    /// </summary>
    /// <param name="connection">A connection of <see cref="Open"/>.</param>
    /// <param name="files">Files that stay readable.</param>
    /// <param name="folders">Folders that stay readable and writable.</param>
    public static void Confine(this DuckDBConnection connection, IEnumerable<string> files, params IEnumerable<string> folders)
    {
        connection.Execute($"SET allowed_paths = {TextList(files)}");
        connection.Execute($"SET allowed_directories = {TextList(folders.Select(f => Path.EndsInDirectorySeparator(f) ? f : f + Path.DirectorySeparatorChar))}");
        connection.Execute("SET enable_external_access = false");
        connection.Execute("SET lock_configuration = true");
    }

    /// <summary>A quoted identifier: <c>my "x"</c> becomes <c>"my ""x"""</c>.</summary>
    /// <param name="name">The name of a table or column.</param>
    public static string Identifier(string name) => $"\"{NoNul(name).Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A quoted text literal: <c>it's</c> becomes <c>'it''s'</c>. Prefer parameters where the statement takes them.</summary>
    /// <param name="text">The text.</param>
    public static string Literal(string text) => $"'{NoNul(text).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A list of text literals.</summary>
    /// <param name="texts">The texts.</param>
    public static string TextList(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Literal))}]::VARCHAR[]";

    /// <summary>
    /// The table function that reads these Parquet files as one relation: columns by name, nothing taken from folder names,
    /// special characters in the paths meant as they are.
    /// </summary>
    /// <param name="paths">The files, at least one.</param>
    public static string ReadParquet(params IReadOnlyList<string> paths)
    {
        ArgumentOutOfRangeException.ThrowIfZero(paths.Count);
        var union = paths.Count > 1 ? ", union_by_name = true" : "";
        return $"read_parquet([{string.Join(", ", paths.Select(p => Literal(EscapeGlob(p))))}], hive_partitioning = false, filename = false{union})";
    }

    /// <summary>A path as DuckDB must be given it, so that <c>*</c>, <c>?</c> and <c>[</c> in it are ordinary characters.</summary>
    /// <param name="path">A path of the file system.</param>
    public static string EscapeGlob(string path)
    {
        if (path.AsSpan().IndexOfAny("*?[") < 0) return path;
        var escaped = new StringBuilder(path.Length + 8);
        foreach (var c in path) _ = c is '*' or '?' or '[' ? escaped.Append('[').Append(c).Append(']') : escaped.Append(c);
        return escaped.ToString();
    }

    /// <summary>Runs a statement; parameters stand in it as <c>$1</c>, <c>$2</c>, …</summary>
    /// <returns>How many rows it changed.</returns>
    public static int Execute(this DuckDBConnection connection, string sql, params IReadOnlyList<object?> parameters)
    {
        using var command = Command(connection, sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement and can be cancelled while it runs; parameters stand in it as <c>$1</c>, <c>$2</c>, …</summary>
    /// <returns>How many rows it changed.</returns>
    public static int Execute(this DuckDBConnection connection, string sql, CancellationToken ct, params IReadOnlyList<object?> parameters)
    {
        using var command = Command(connection, sql, parameters);
        return Cancellable(command, ct, static c => c.ExecuteNonQuery());
    }

    /// <summary>Runs a query and maps every row; parameters stand in it as <c>$1</c>, <c>$2</c>, …</summary>
    public static List<T> Query<T>(this DuckDBConnection connection, string sql, Func<DuckDBDataReader, T> map, CancellationToken ct = default, params IReadOnlyList<object?> parameters)
    {
        using var command = Command(connection, sql, parameters);
        return Cancellable(command, ct, c =>
        {
            using var reader = c.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
            {
                ct.ThrowIfCancellationRequested();
                rows.Add(map(reader));
            }
            return rows;
        });
    }

    /// <summary>As <see cref="Query"/>, on a thread of the pool: DuckDB itself has no asynchronous calls.</summary>
    public static Task<List<T>> QueryAsync<T>(this DuckDBConnection connection, string sql, Func<DuckDBDataReader, T> map, CancellationToken ct = default, params IReadOnlyList<object?> parameters) =>
        Task.Run(() => connection.Query(sql, map, ct, parameters), ct);

    /// <summary>The columns that a relation has, such as <c>read_parquet(...)</c> or a quoted table name.</summary>
    /// <param name="connection">A connection that can read the relation.</param>
    /// <param name="relation">The relation as it would stand after FROM.</param>
    public static IReadOnlyList<ColumnSchema> Describe(this DuckDBConnection connection, string relation) =>
        [.. connection.DescribeTypes(relation).Select(c => new ColumnSchema(c.Name, ColumnTypes.FromDuckDb(c.Type), true))];

    /// <summary>As <see cref="Describe"/>, with DuckDB's own type names.</summary>
    internal static List<(string Name, string Type)> DescribeTypes(this DuckDBConnection connection, string relation) =>
        connection.Query($"DESCRIBE SELECT * FROM {relation}", static r => (r.GetString(0), r.GetString(1)));

    internal static DuckDBCommand Command(DuckDBConnection connection, string sql, IReadOnlyList<object?> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var value in parameters) command.Parameters.Add(new DuckDBParameter(value ?? DBNull.Value));
        return command;
    }

    internal static T Cancellable<T>(DuckDBCommand command, CancellationToken ct, Func<DuckDBCommand, T> run)
    {
        ct.ThrowIfCancellationRequested();
        if (!ct.CanBeCanceled) return run(command);
        using var interrupt = new Interrupt(command, ct);
        try
        {
            return run(command);
        }
        catch (DuckDBException) when (ct.IsCancellationRequested)
        {
            throw new OperationCanceledException(ct);
        }
    }

    /// <summary>
    /// Interrupts a command again and again until it ends: DuckDB forgets an interrupt that comes a moment before the command starts.
    /// </summary>
    private sealed class Interrupt : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly DuckDBCommand _command;
        private readonly Timer _timer;
        private readonly CancellationTokenRegistration _registration;
        private bool _ended;

        public Interrupt(DuckDBCommand command, CancellationToken ct)
        {
            _command = command;
            _timer = new(static self => ((Interrupt)self!).Strike(), this, Timeout.Infinite, Timeout.Infinite);
            _registration = ct.UnsafeRegister(static self => ((Interrupt)self!)._timer.Change(0, 20), this);
        }

        public void Dispose()
        {
            lock (_gate) _ended = true;
            _registration.Dispose();
            _timer.Dispose();
        }

        private void Strike()
        {
            lock (_gate)
            {
                if (!_ended) _command.Cancel();
            }
        }
    }

    private static string NoNul(string text) => text.Contains('\0') ? throw new ArgumentException("Text for DuckDB must not hold a NUL character.", nameof(text)) : text;
}
