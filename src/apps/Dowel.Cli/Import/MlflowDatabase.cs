using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Dowel.Cli.Import;

/// <summary>An MLflow database, opened to be read only. Versions differ by the tables and columns that they have, so it is asked what there is.</summary>
internal sealed class MlflowDatabase : IAsyncDisposable
{
    /// <summary>What every version since 1.30 has; without these it is none, or one too old.</summary>
    private static readonly Dictionary<string, string[]> Needed = new(StringComparer.Ordinal)
    {
        ["experiments"] = ["experiment_id", "name", "artifact_location", "lifecycle_stage"],
        ["runs"] = ["run_uuid", "name", "user_id", "status", "start_time", "end_time", "lifecycle_stage", "artifact_uri", "experiment_id"],
        ["params"] = ["key", "value", "run_uuid"],
        ["tags"] = ["key", "value", "run_uuid"],
        ["metrics"] = ["key", "value", "timestamp", "run_uuid", "step", "is_nan"],
        ["registered_models"] = ["name", "creation_time", "last_updated_time", "description"],
        ["model_versions"] = ["name", "version", "creation_time", "last_updated_time", "description", "current_stage", "source", "run_id", "status", "status_message"],
    };

    private readonly DbConnection _connection;
    private readonly Dictionary<string, HashSet<string>> _columns = new(StringComparer.Ordinal);

    private MlflowDatabase(DbConnection connection) => _connection = connection;

    /// <summary>The version of its schema, as MLflow names it.</summary>
    public string SchemaVersion { get; private set; } = "";

    public static async Task<MlflowDatabase> OpenAsync(MlflowUri uri, CancellationToken cancellationToken)
    {
        var database = new MlflowDatabase(uri.File is null ? new NpgsqlConnection(uri.ConnectionString) : new SqliteConnection(uri.ConnectionString));
        try
        {
            await database._connection.OpenAsync(cancellationToken);
            await database.InspectAsync(uri, cancellationToken);
            return database;
        }
        catch (Exception e)
        {
            await database.DisposeAsync();
            if (e is DbException) throw new CliException($"The database {uri.Shown} cannot be read: {e.Message}");
            throw;
        }
    }

    public bool Has(string table) => _columns.ContainsKey(table);

    public bool Has(string table, string column) => _columns.TryGetValue(table, out var columns) && columns.Contains(column);

    /// <summary>The column, or another expression where this version has none.</summary>
    public string Column(string table, string column, string otherwise = "NULL") => Has(table, column) ? column : otherwise;

    /// <summary>Reads rows one after the other. One reading at a time.</summary>
    public async IAsyncEnumerable<MlflowRow> ReadAsync(string sql, IReadOnlyList<object?>? args, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = Command(sql, args);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var row = new MlflowRow(reader);
        while (await reader.ReadAsync(cancellationToken)) yield return row;
    }

    public async Task<long> CountAsync(string sql, IReadOnlyList<object?>? args, CancellationToken cancellationToken)
    {
        await using var command = Command(sql, args);
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    /// <summary>The text of a list of parameters, from a number on.</summary>
    public static string List(int count, int first = 0) => string.Join(',', Enumerable.Range(first, count).Select(i => $"@p{i}"));

    private DbCommand Command(string sql, IReadOnlyList<object?>? args)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < (args?.Count ?? 0); i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"@p{i}";
            parameter.Value = args![i] ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }

    private async Task InspectAsync(MlflowUri uri, CancellationToken cancellationToken)
    {
        // Tables alone: a view of such a name is not MLflow's.
        var sql = uri.File is null
            ? "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'"
            : "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'";
        await foreach (var row in ReadAsync(sql, null, cancellationToken))
        {
            var table = row.Text(0)!;
            if (!_columns.TryGetValue(table, out var columns)) _columns.Add(table, columns = new(StringComparer.Ordinal));
            columns.Add(row.Text(1)!);
        }
        if (!Has("experiments") || !Has("runs")) throw new CliException($"{uri.Shown} is no MLflow database: it has no tables 'experiments' and 'runs'.");
        var missing = Needed.SelectMany(t => t.Value.Where(c => !Has(t.Key, c)).Select(c => $"{t.Key}.{c}")).ToList();
        if (Has("alembic_version"))
            await foreach (var row in ReadAsync("SELECT version_num FROM alembic_version", null, cancellationToken)) SchemaVersion = row.Text(0) ?? "";
        if (missing.Count > 0)
            throw new CliException($"This MLflow database has a schema that is not supported (version {(SchemaVersion.Length == 0 ? "unknown" : SchemaVersion)}): it lacks {string.Join(", ", missing)}.", "Bring a copy of it up to date with 'mlflow db upgrade', and import that.");
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}

/// <summary>A row. In somebody's old database a column may hold anything, above all in SQLite; what does not fit is null.</summary>
internal sealed class MlflowRow(DbDataReader reader)
{
    public string? Text(int column) => reader.GetValue(column) switch
    {
        string text => text,
        DBNull or null or byte[] => null,
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };

    public long? Whole(int column) => reader.GetValue(column) switch
    {
        long n => n,
        int n => n,
        short n => n,
        bool b => b ? 1 : 0,
        double d when double.IsInteger(d) && Math.Abs(d) < 9e15 => (long)d,
        string s when long.TryParse(s, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) => n,
        _ => null,
    };

    public double? Real(int column) => reader.GetValue(column) switch
    {
        double d => d,
        float f => f,
        long n => n,
        int n => n,
        decimal m => (double)m,
        _ => null,
    };

    public DateTimeOffset? At(int column) => Whole(column) is >= -62_135_596_800_000 and <= 253_402_300_799_999 and var millis ? DateTimeOffset.FromUnixTimeMilliseconds(millis) : null;
}
