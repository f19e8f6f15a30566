using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dowel.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Dowel.Cli.Tests.Import;

/// <summary>A database with the tables that an MLflow server has, filled by SQL, and its folder of artifacts.</summary>
internal sealed class MlflowSource : IAsyncDisposable
{
    public const string Tables = """
        CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
        CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256), artifact_location VARCHAR(256), lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT);
        CREATE TABLE experiment_tags (key VARCHAR(250), value VARCHAR(5000), experiment_id INTEGER);
        CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY, name VARCHAR(250), source_type VARCHAR(20), source_name VARCHAR(500), entry_point_name VARCHAR(50), user_id VARCHAR(256), status VARCHAR(9),
            start_time BIGINT, end_time BIGINT, source_version VARCHAR(50), lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id INTEGER, deleted_time BIGINT);
        CREATE TABLE params (key VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32));
        CREATE TABLE tags (key VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32));
        CREATE TABLE metrics (key VARCHAR(250), value DOUBLE PRECISION, timestamp BIGINT, run_uuid VARCHAR(32), step BIGINT, is_nan BOOLEAN);
        CREATE TABLE registered_models (name VARCHAR(256), creation_time BIGINT, last_updated_time BIGINT, description VARCHAR(5000));
        CREATE TABLE registered_model_tags (key VARCHAR(250), value VARCHAR(5000), name VARCHAR(256));
        CREATE TABLE registered_model_aliases (alias VARCHAR(256), version INTEGER, name VARCHAR(256));
        CREATE TABLE model_versions (name VARCHAR(256), version INTEGER, creation_time BIGINT, last_updated_time BIGINT, description VARCHAR(5000), user_id VARCHAR(256), current_stage VARCHAR(20),
            source VARCHAR(500), run_id VARCHAR(32), status VARCHAR(20), status_message VARCHAR(500), run_link VARCHAR(500), storage_location VARCHAR(500));
        CREATE TABLE model_version_tags (key VARCHAR(250), value TEXT, name VARCHAR(256), version INTEGER);
        CREATE TABLE datasets (dataset_uuid VARCHAR(36), experiment_id INTEGER, name VARCHAR(500), digest VARCHAR(36), dataset_source_type VARCHAR(36), dataset_source TEXT, dataset_schema TEXT, dataset_profile TEXT);
        CREATE TABLE input_tags (input_uuid VARCHAR(36), name VARCHAR(255), value VARCHAR(500));
        """;

    /// <summary>What MLflow 3 has besides.</summary>
    public const string NewTables = """
        CREATE TABLE inputs (input_uuid VARCHAR(36), source_type VARCHAR(36), source_id VARCHAR(36), destination_type VARCHAR(36), destination_id VARCHAR(36), step BIGINT);
        CREATE TABLE logged_models (model_id VARCHAR(36), experiment_id INTEGER, name VARCHAR(500), artifact_location VARCHAR(1000), creation_timestamp_ms BIGINT, last_updated_timestamp_ms BIGINT, status INTEGER,
            lifecycle_stage VARCHAR(32), model_type VARCHAR(500), source_run_id VARCHAR(32), status_message VARCHAR(1000));
        CREATE TABLE logged_model_params (model_id VARCHAR(36), experiment_id INTEGER, param_key VARCHAR(255), param_value TEXT);
        CREATE TABLE logged_model_tags (model_id VARCHAR(36), experiment_id INTEGER, tag_key VARCHAR(255), tag_value TEXT);
        CREATE TABLE logged_model_metrics (model_id VARCHAR(36), metric_name VARCHAR(500), metric_timestamp_ms BIGINT, metric_step BIGINT, metric_value DOUBLE PRECISION, experiment_id INTEGER, run_id VARCHAR(32),
            dataset_uuid VARCHAR(36), dataset_name VARCHAR(500), dataset_digest VARCHAR(36));
        """;

    public const string OldTables = "CREATE TABLE inputs (input_uuid VARCHAR(36), source_type VARCHAR(36), source_id VARCHAR(36), destination_type VARCHAR(36), destination_id VARCHAR(36));";

    public const long Then = 1_700_000_000_000;
    private readonly DbConnection _connection;
    private readonly string? _postgres;

    private MlflowSource(DbConnection connection, string? postgres, string folder) => (_connection, _postgres, Folder) = (connection, postgres, folder);

    public string Folder { get; }

    public string Artifacts => Path.Combine(Folder, "mlartifacts");

    /// <summary>Its URI as MLflow writes it.</summary>
    public string Uri { get; private set; } = "";

    public static async Task<MlflowSource> CreateAsync(Engine engine, bool isOld = false)
    {
        var folder = Directory.CreateTempSubdirectory("dowel-mlflow-").FullName;
        var postgres = engine == Engine.Postgres ? await Engines.CreateDatabaseAsync() : null;
        var source = new MlflowSource(postgres is null ? new SqliteConnection($"Data Source={Path.Combine(folder, "mlflow.db")};Pooling=false") : new NpgsqlConnection(postgres), postgres, folder);
        await source._connection.OpenAsync();
        foreach (var statement in (Tables + (isOld ? OldTables : NewTables)).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) await source.SqlAsync(statement);
        await source.SqlAsync("INSERT INTO alembic_version (version_num) VALUES ('bf29a5ff90ea')");
        if (postgres is null) source.Uri = $"sqlite:///{Path.Combine(folder, "mlflow.db")}";
        else
        {
            var parts = new NpgsqlConnectionStringBuilder(postgres);
            source.Uri = $"postgresql+psycopg2://{parts.Username}:{System.Uri.EscapeDataString(parts.Password ?? "x")}@{parts.Host}:{parts.Port}/{parts.Database}";
        }
        return source;
    }

    public async Task SqlAsync(string sql, params object?[] args)
    {
        await using var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < args.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"@p{i}";
            parameter.Value = args[i] ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        await command.ExecuteNonQueryAsync();
    }

    public Task InsertAsync(string table, params object?[] values) => SqlAsync($"INSERT INTO {table} VALUES ({string.Join(',', values.Select((_, i) => $"@p{i}"))})", values);

    public Task ExperimentAsync(int id, string name, bool isDeleted = false, string? location = null)
        => InsertAsync("experiments", id, name, location ?? $"mlflow-artifacts:/{id}", isDeleted ? "deleted" : "active", Then + id, Then + 1000 + id);

    public Task RunAsync(string id, int experiment, string name, string status = "FINISHED", bool isDeleted = false, string? uri = null, string user = "marie")
        => InsertAsync("runs", id, name, "UNKNOWN", "", "", user, status, Then, status == "RUNNING" ? null : Then + 60_000, "", isDeleted ? "deleted" : "active", uri ?? $"mlflow-artifacts:/{experiment}/{id}/artifacts", experiment, isDeleted ? Then + 90_000 : null);

    public Task MetricAsync(string run, string key, double value, long step, long at, bool isNan = false) => InsertAsync("metrics", key, value, at, run, step, isNan);

    public Task ParamAsync(string run, string key, string value) => InsertAsync("params", key, value, run);

    public Task TagAsync(string run, string key, string value) => InsertAsync("tags", key, value, run);

    public Task ModelAsync(string name, string? description = null) => InsertAsync("registered_models", name, Then, Then + 5000, description);

    public Task VersionAsync(string model, int version, string run, string path = "model", string stage = "None", string? source = null, string? storage = null)
        => InsertAsync("model_versions", model, version, Then + version, Then + 100 + version, $"version {version}", null, stage, source ?? $"mlflow-artifacts:/1/{run}/artifacts/{path}", run, "READY", null, "", storage);

    public Task AliasAsync(string model, string alias, int version) => InsertAsync("registered_model_aliases", alias, version, model);

    public string File(string path, string content)
    {
        var full = Path.Combine(Artifacts, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        System.IO.File.WriteAllText(full, content);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    }

    public static string Id(int number) => number.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>Something of everything; sizes by <paramref name="runs"/>.</summary>
    public async Task FillAsync(int runs, int points)
    {
        await ExperimentAsync(0, "Default");
        await ExperimentAsync(1, "churn / ünï 'q'");
        await ExperimentAsync(2, "gone", isDeleted: true);
        await InsertAsync("experiment_tags", "team", "a", 1);
        await InsertAsync("experiment_tags", "mlflow.note.content", "# note", 1);
        await using (var transaction = await _connection.BeginTransactionAsync())
        {
            for (var r = 1; r <= runs; r++)
            {
                var id = Id(r);
                await RunAsync(id, r % 7 == 0 ? 0 : 1, $"run {r}", (r % 5) switch { 0 => "FAILED", 1 => "RUNNING", 2 => "KILLED", _ => "FINISHED" }, isDeleted: r % 11 == 0, user: r % 2 == 0 ? "marie" : "pierre");
                await ParamAsync(id, "lr", (r / 100.0).ToString(CultureInfo.InvariantCulture));
                await ParamAsync(id, "long", new string('p', 6000));
                await TagAsync(id, "mlflow.runName", $"run {r}");
                await TagAsync(id, "mlflow.user", "marie");
                await TagAsync(id, "long", new string('é', 8000));
                for (var p = 0; p < points; p++) await MetricAsync(id, "loss", 1.0 / (p + 1), p, Then + p);
                await MetricAsync(id, "odd/nan", 0, 0, Then, isNan: true);
                await MetricAsync(id, "odd/nan", 0, 0, Then);
                await MetricAsync(id, "odd/max", double.MaxValue, -3, Then);
                await MetricAsync(id, "odd/inf", double.PositiveInfinity, 0, 1);
                await MetricAsync(id, "twice", 1, 0, Then);
                await MetricAsync(id, "twice", 2, 0, Then);
                File($"{(r % 7 == 0 ? 0 : 1)}/{id}/artifacts/model/MLmodel", "flavors: {}\n");
                File($"{(r % 7 == 0 ? 0 : 1)}/{id}/artifacts/notes %25 ü.txt", $"notes of {r}");
            }
            await transaction.CommitAsync();
        }
        await RunAsync(Id(100_001), 2, "in the bin", isDeleted: true);
        await InsertAsync("datasets", "d1", 1, "iris", "abc123", "http", "{\"url\": \"http://example.org/iris.csv\"}", "{}", null);
        await InsertAsync("inputs", "i1", "DATASET", "d1", "RUN", Id(1), 0);
        await InsertAsync("input_tags", "i1", "mlflow.data.context", "training");
        await InsertAsync("logged_models", "m-1234567890abcdef1234567890abcdef", 1, "clf", "mlflow-artifacts:/1/models/m-1234567890abcdef1234567890abcdef/artifacts", Then, Then + 10, 2, "active", "agent", Id(2), null);
        await InsertAsync("logged_model_params", "m-1234567890abcdef1234567890abcdef", 1, "depth", "3");
        await InsertAsync("logged_model_tags", "m-1234567890abcdef1234567890abcdef", 1, "mlflow.user", "pierre");
        await InsertAsync("logged_model_metrics", "m-1234567890abcdef1234567890abcdef", "auc", Then, 0, 0.9, 1, Id(2), null, "iris", "abc123");
        await InsertAsync("inputs", "o1", "RUN_OUTPUT", Id(2), "MODEL_OUTPUT", "m-1234567890abcdef1234567890abcdef", 4);
        File("1/models/m-1234567890abcdef1234567890abcdef/artifacts/MLmodel", "flavors: {sklearn: {}}\n");
        await ModelAsync("churn", "who leaves");
        await InsertAsync("registered_model_tags", "domain", "telco", "churn");
        await VersionAsync("churn", 1, Id(1));
        await VersionAsync("churn", 3, Id(3), stage: "Production");
        await VersionAsync("churn", 4, Id(4), source: "models:/m-1234567890abcdef1234567890abcdef");
        await VersionAsync("churn", 6, Id(5), stage: "Deleted_Internal");
        await InsertAsync("model_version_tags", "checked", "yes", "churn", 3);
        await AliasAsync("churn", "production", 3);
        await AliasAsync("churn", "next", 4);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        if (_postgres is not null) await Engines.DropDatabaseAsync(_postgres);
        Directory.Delete(Folder, recursive: true);
    }
}
