using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.LoggedModels;
using Dowel.Experiments.Logging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.LoggedModels;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.Tracking;

/// <summary>Logging to runs: metrics, params and tags, one at a time or in batches (mlflow/protos/service.proto). Limits and messages are those of mlflow/utils/validation.py.</summary>
internal static class LogCalls
{
    private const int MostEntities = 1000;

    public static void MapLogCalls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapCall("POST", "runs/log-metric", "edit on the experiment", LogMetric);
        endpoints.MapCall("POST", "runs/log-parameter", "edit on the experiment", LogParam);
        endpoints.MapCall("POST", "runs/set-tag", "edit on the experiment", SetTag);
        endpoints.MapCall("POST", "runs/delete-tag", "edit on the experiment", DeleteTag);
        endpoints.MapCall("POST", "runs/log-batch", "edit on the experiment", LogBatch);
    }

    private static Task<Result<Action<Utf8JsonWriter>>> LogMetric(MlflowCall call)
    {
        var run = call.RunId();
        var key = call.Required("key");
        CheckName(key, "name", "Metric name");
        var value = call.Number("value") ?? throw MlflowCall.Missing("value");
        var at = call.Integer("timestamp") ?? throw MlflowCall.Missing("timestamp");
        var point = new MetricPoint(key, value, call.Integer("step") ?? 0, Instant("timestamp", at));
        return LogAsync(call, run, new LogToRun { Metrics = [point] }, ForModel(point, call.Text("model_id"), call.Text("dataset_name"), call.Text("dataset_digest")) is { } metric ? [metric] : []);
    }

    private static Task<Result<Action<Utf8JsonWriter>>> LogParam(MlflowCall call)
    {
        var run = call.RunId();
        var key = call.Required("key");
        CheckName(key, "key", "Param key");
        return LogAsync(call, run, new LogToRun { Params = new Dictionary<string, string> { [key] = ParamValue(call.Text("value") ?? "") } });
    }

    private static Task<Result<Action<Utf8JsonWriter>>> SetTag(MlflowCall call)
    {
        var run = call.RunId();
        var key = call.Required("key");
        CheckName(key, "key", "key");
        return LogAsync(call, run, new LogToRun { Tags = new Dictionary<string, string> { [key] = TagValue(call.Text("value") ?? "") } });
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> DeleteTag(MlflowCall call)
    {
        var (run, key) = (call.Required("run_id"), call.Required("key"));
        await call.RequireRunAsync(run, Permission.Edit);
        return (await call.Get<RunLog>().DeleteTagAsync(run, key, call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }

    private static Task<Result<Action<Utf8JsonWriter>>> LogBatch(MlflowCall call)
    {
        var run = call.Required("run_id");
        var (metrics, models) = (new List<MetricPoint>(), new List<ModelMetric>());
        foreach (var metric in call.Objects("metrics"))
        {
            var path = $"metrics[{metrics.Count}]";
            var key = MlflowCall.Required(metric, "key", $"{path}.key");
            var value = MlflowCall.Number(metric, "value", $"{path}.value") ?? throw MlflowCall.Missing($"{path}.value");
            var at = MlflowCall.Integer(metric, "timestamp", $"{path}.timestamp") ?? throw MlflowCall.Missing($"{path}.timestamp");
            metrics.Add(new MetricPoint(key, value, MlflowCall.Integer(metric, "step", $"{path}.step") ?? 0, Instant($"{path}.timestamp", at)));
            string? Text(string name) => MlflowCall.Text(metric, name, $"{path}.{name}");
            if (ForModel(metrics[^1], Text("model_id"), Text("dataset_name"), Text("dataset_digest")) is { } model) models.Add(model);
        }
        var (parameters, tags) = (call.Pairs("params"), call.Pairs("tags"));
        CheckCount("metrics", LogRules.MostMetrics, metrics.Count);
        CheckCount("params", LogRules.MostParams, parameters.Count);
        CheckCount("tags", LogRules.MostTags, tags.Count);
        CheckCount("metrics, params, and tags", MostEntities, metrics.Count + parameters.Count + tags.Count);
        for (var i = 0; i < metrics.Count; i++) CheckName(metrics[i].Key, $"metrics[{i}].name", "Metric name");
        for (var i = 0; i < parameters.Count; i++) CheckName(parameters[i].Key, $"params[{i}].key", "Param key");
        for (var i = 0; i < tags.Count; i++) CheckName(tags[i].Key, $"tags[{i}].key", $"tags[{i}].key");
        var twice = parameters.GroupBy(p => p.Key).Where(g => g.Count() > 1).Select(g => $"'{g.Key}'").ToList();
        if (twice.Count > 0) throw MlflowCall.Bad($"Duplicate parameter keys have been submitted: [{string.Join(", ", twice)}]. Please ensure the request contains only one param value per param key.");
        return LogAsync(call, run, new LogToRun
        {
            Metrics = metrics,
            Params = parameters.ToDictionary(p => p.Key, p => ParamValue(p.Value)),
            Tags = tags.GroupBy(t => t.Key).ToDictionary(g => g.Key, g => TagValue(g.Last().Value)),
        }, models);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> LogAsync(MlflowCall call, string run, LogToRun log, IReadOnlyCollection<ModelMetric>? models = null)
    {
        await call.RequireRunAsync(run, Permission.Edit);
        if (models is { Count: > 0 }) await call.RequireModelsAsync(models);
        return (await call.Get<RunLog>().LogAsync(run, log, models ?? [], call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }

    // A metric of a logged model is the run's as well.
    private static ModelMetric? ForModel(MetricPoint point, string? model, string? dataset, string? digest)
        => string.IsNullOrEmpty(model) ? null : new ModelMetric(model, point.Key, point.Value, point.Step, point.At!.Value.ToMicros(), DatasetName: dataset ?? "", DatasetDigest: digest ?? "");

    /// <summary>MLflow's server cuts long values rather than refuse them.</summary>
    public static string ParamValue(string value) => Cut(value, LogRules.ParamLength);

    public static string TagValue(string value) => Cut(value, LogRules.TagLength);

    /// <summary>An instant of Unix milliseconds; what no date can show is refused.</summary>
    public static DateTimeOffset Instant(string field, long millis)
        => millis is >= 0 and <= LogRules.LastInstant / 1000 ? DateTimeOffset.FromUnixTimeMilliseconds(millis)
            : throw MlflowCall.Bad($"Invalid value {millis} for parameter '{field}' supplied: Timestamp must be a nonnegative long (64-bit integer) of milliseconds before the year 10000");

    private static void CheckName(string key, string path, string what)
    {
        if (LogRules.NameProblem(key) is { } wrong) throw MlflowCall.Bad($"Invalid value \"{key}\" for parameter '{path}' supplied: {wrong}");
        if (key.Length > LogRules.KeyLength) throw MlflowCall.Bad($"'{what}' exceeds the maximum length of {LogRules.KeyLength} characters");
    }

    private static void CheckCount(string what, int most, int count)
    {
        if (count > most) throw MlflowCall.Bad($"A batch logging request can contain at most {most} {what}. Got {count} {what}. Please split up {what} across multiple requests and try again.");
    }

    private static string Cut(string value, int length) => value.Length <= length ? value : value[..(char.IsHighSurrogate(value[length - 1]) ? length - 1 : length)];
}
