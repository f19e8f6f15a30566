using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.LoggedModels;

/// <summary>A logged model to make.</summary>
internal sealed record NewLoggedModel(string? Name, string? ModelType, string? SourceRunId, IReadOnlyDictionary<string, string> Params, IReadOnlyDictionary<string, string> Tags);

/// <summary>Models as MLflow 3 logs them: things of an experiment with files, params, tags and metrics of their own. Deleting one puts it into the bin.</summary>
internal sealed class LoggedModelService(IDb db, IAuditTrail audit, TimeProvider time)
{
    private const int MostPairs = 1000;
    private const int ValueLength = 100_000;
    private const int NameLength = 500;
    private const string NotInNames = "/:.%\"'";

    public async Task<Result<LoggedModel>> CreateAsync(Actor actor, Resource experiment, NewLoggedModel spec, CancellationToken cancellationToken)
    {
        if ((CheckName(spec.Name) ?? CheckText("model_type", spec.ModelType, 500) ?? CheckText("source_run_id", spec.SourceRunId, 64) ?? Check("params", spec.Params) ?? Check("tags", spec.Tags)) is { } wrong) return wrong;
        return await db.WriteGroupedAsync<LoggedModel>(async s =>
        {
            var now = time.NowMicros();
            var id = LoggedModelIds.New();
            var name = spec.Name ?? RunNames.Next();
            var made = await s.ExecuteAsync("""
                INSERT INTO experiments_models (id, experiment_no, name, source_run_id, status, status_message, model_type, user_name, created_at, updated_at)
                SELECT @id, no, @name, @run, @status, '', @type, @UserName, @now, @now FROM experiments_experiments WHERE id = @experiment
                """, new { id, name, run = spec.SourceRunId ?? "", status = LoggedModelStatus.Pending, type = spec.ModelType ?? "", actor.UserName, now, experiment = experiment.Id });
            if (made == 0) return Failure.NotFound("experiment", experiment.Id);
            var row = (await RowAsync(s, id))!;
            await SetAsync(s, "params", row.No, spec.Params);
            await SetAsync(s, "tags", row.No, spec.Tags);
            await audit.AppendAsync(s, AuditEntry.On(actor, experiment, "logged_model.create", after: new { Model = id, Name = name, Run = spec.SourceRunId, Params = spec.Params.Count }));
            return (await LoggedModel.ReadAsync(s, [row]))[0];
        }, cancellationToken);
    }

    /// <summary>A model that is not in the bin.</summary>
    public Task<Result<LoggedModel>> GetAsync(string id, CancellationToken cancellationToken)
        => db.ReadAsync<Result<LoggedModel>>(async s => await RowAsync(s, id) is { DeletedAt: null } row ? (await LoggedModel.ReadAsync(s, [row]))[0] : LoggedModelIds.NotFound(id), cancellationToken);

    /// <summary>A model, in the bin or not.</summary>
    public Task<Result<LoggedModel>> FindAsync(string id, CancellationToken cancellationToken)
        => db.ReadAsync<Result<LoggedModel>>(async s => await RowAsync(s, id) is { } row ? (await LoggedModel.ReadAsync(s, [row]))[0] : LoggedModelIds.NotFound(id), cancellationToken);

    public Task<Result<LoggedModel>> FinalizeAsync(Actor actor, Resource experiment, string id, string status, CancellationToken cancellationToken)
        => ChangeAsync(id, async (s, row) =>
        {
            await s.ExecuteAsync("UPDATE experiments_models SET status = @status, updated_at = @now WHERE no = @No", new { row.No, status, now = time.NowMicros() });
            await audit.AppendAsync(s, AuditEntry.On(actor, experiment, "logged_model.finalize", new { Model = id, row.Status }, new { Model = id, Status = status }));
            return null;
        }, cancellationToken);

    public Task<Result<LoggedModel>> DeleteAsync(Actor actor, Resource experiment, string id, CancellationToken cancellationToken)
        => ChangeAsync(id, async (s, row) =>
        {
            if (row.DeletedAt is not null) return null;
            await s.ExecuteAsync("UPDATE experiments_models SET deleted_at = @now, updated_at = @now WHERE no = @No", new { row.No, now = time.NowMicros() });
            await audit.AppendAsync(s, AuditEntry.On(actor, experiment, "logged_model.trash", new { Model = id, row.Name }));
            return null;
        }, cancellationToken);

    public async Task<Result<LoggedModel>> SetTagsAsync(string id, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
        => Check("tags", tags) is { } wrong ? wrong : await ChangeAsync(id, async (s, row) =>
        {
            await SetAsync(s, "tags", row.No, tags);
            return null;
        }, cancellationToken);

    public Task<Result<LoggedModel>> DeleteTagAsync(string id, string key, CancellationToken cancellationToken)
        => ChangeAsync(id, async (s, row) => await s.ExecuteAsync("DELETE FROM experiments_model_tags WHERE model_no = @No AND name = @key", new { row.No, key }) > 0 ? null
            : new Failure(ErrorCodes.NotFound, $"No tag with key '{key}' found for model with ID '{id}'."), cancellationToken);

    /// <summary>Params are written once; the same value again changes nothing.</summary>
    public async Task<Result<LoggedModel>> LogParamsAsync(string id, IReadOnlyDictionary<string, string> values, CancellationToken cancellationToken)
        => Check("params", values) is { } wrong ? wrong : await ChangeAsync(id, async (s, row) =>
        {
            await SetAsync(s, "params", row.No, values);
            var there = (await LoggedModel.ReadAsync(s, [row]))[0].Params;
            return there.FirstOrDefault(p => values.TryGetValue(p.Key, out var given) && given != p.Value) is { Key: { } changed, Value: var kept }
                ? new Failure(ErrorCodes.Conflict, $"Changing param values is not allowed. The model '{id}' has the param '{changed}' with the value '{Short(kept)}'.", new FieldError($"params.{changed}", Short(values[changed]), "the value it has, or another name"))
                : null;
        }, cancellationToken);

    /// <summary>Records metrics that a run logs for models, within its transaction. What the caller may do with the models is checked before.</summary>
    public static async Task<Failure?> RecordMetricsAsync(DbSession session, RunKey run, IReadOnlyCollection<ModelMetric> metrics)
    {
        var nos = new Dictionary<string, long>();
        // Sorted, so that no two callers wait for each other.
        foreach (var metric in metrics.OrderBy(m => m.ModelId, StringComparer.Ordinal).ThenBy(m => m.Key, StringComparer.Ordinal).ThenBy(m => m.At).ThenBy(m => m.Step))
        {
            if (!nos.TryGetValue(metric.ModelId, out var no))
            {
                if (await session.Prepare("SELECT no FROM experiments_models WHERE id = @p0").With(metric.ModelId).ScalarAsync() is not { } found) return LoggedModelIds.NotFound(metric.ModelId);
                nos[metric.ModelId] = no = Convert.ToInt64(found);
            }
            if ((CheckText("dataset_name", metric.DatasetName, 500) ?? CheckText("dataset_digest", metric.DatasetDigest, 36)) is { } wrong) return wrong;
            await RecordMetricAsync(session, no, metric with { RunId = run.Id });
        }
        return null;
    }

    /// <summary>Records a value of a model. Of one run, instant, step and dataset there is one value; a repetition changes nothing.</summary>
    public static Task<int> RecordMetricAsync(DbSession session, long no, ModelMetric metric)
    {
        var isNan = double.IsNaN(metric.Value);
        return session.Prepare("""
            INSERT INTO experiments_model_metrics (model_no, name, at, step, run_id, dataset_name, dataset_digest, value, is_nan) VALUES (@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8)
            ON CONFLICT (model_no, name, at, step, run_id, dataset_name, dataset_digest) DO UPDATE SET value = excluded.value, is_nan = excluded.is_nan
            """).With(no, metric.Key, metric.At, metric.Step, metric.RunId, metric.DatasetName, metric.DatasetDigest, isNan ? 0 : metric.Value, (short)(isNan ? 1 : 0)).ExecuteAsync();
    }

    private static Task<LoggedModelRow?> RowAsync(DbSession session, string id)
        => session.FirstAsync<LoggedModelRow>($"SELECT {LoggedModelRow.Columns} FROM {LoggedModelRow.From} WHERE m.id = @id", new { id });

    private Task<Result<LoggedModel>> ChangeAsync(string id, Func<DbSession, LoggedModelRow, Task<Failure?>> change, CancellationToken cancellationToken) => db.WriteGroupedAsync<LoggedModel>(async s =>
    {
        // Its row is held, so that changes come one after the other.
        await s.ExecuteAsync("UPDATE experiments_models SET updated_at = updated_at WHERE id = @id", new { id });
        if (await RowAsync(s, id) is not { } row) return LoggedModelIds.NotFound(id);
        if (await change(s, row) is { } failure) return failure;
        return (await LoggedModel.ReadAsync(s, [(await RowAsync(s, id))!]))[0];
    }, cancellationToken);

    private static async Task SetAsync(DbSession session, string table, long no, IReadOnlyDictionary<string, string> values)
    {
        var conflict = table == "tags" ? "(model_no, name) DO UPDATE SET value = excluded.value, sort_value = excluded.sort_value" : "DO NOTHING";
        foreach (var (name, value) in values)
            await session.Prepare($"INSERT INTO experiments_model_{table} (model_no, name, value, sort_value) VALUES (@p0, @p1, @p2, @p3) ON CONFLICT {conflict}").With(no, name, value, SortText.Of(value)).ExecuteAsync();
    }

    // MLflow takes any text for the names, other than those of runs.
    private static Failure? Check(string field, IReadOnlyDictionary<string, string> values)
    {
        if (values.Count > MostPairs) return Failure.Invalid(field, $"{values.Count} {field}", $"at most {MostPairs} {field} a call");
        foreach (var (key, value) in values)
        {
            if (key.Length is 0 or > LogRules.KeyLength || key.Any(char.IsControl)) return Failure.Invalid($"{field}.{key}", key, $"a name of 1 to {LogRules.KeyLength} characters, none of them a control character");
            if (CheckText($"{field}.{key}", value, ValueLength) is { } wrong) return wrong;
        }
        return null;
    }

    private static string Short(string value) => value.Length > 200 ? value[..200] + "…" : value;

    private static Failure? CheckText(string field, string? text, int most)
        => text?.Length > most || text?.Contains('\0') == true ? Failure.Invalid(field, text, $"at most {most} characters, none of them the character zero") : null;

    private static Failure? CheckName(string? name)
    {
        if (name is null || (name.Length is > 0 and <= NameLength && !name.Any(c => char.IsControl(c) || NotInNames.Contains(c)))) return null;
        return new Failure(ErrorCodes.Invalid, $"Invalid model name ('{name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")",
            new FieldError("name", name, "1 to 500 characters without '/', ':', '.', '%', quotes and control characters"));
    }
}
