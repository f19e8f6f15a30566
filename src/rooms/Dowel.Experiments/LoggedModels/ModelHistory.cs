using System.Text.Json;
using System.Text.Json.Nodes;
using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.LoggedModels;

/// <summary>How clients before MLflow 3 log a model: its files are the run's, and a tag of the run lists the models (mlflow/store/tracking/sqlalchemy_store.py, record_logged_model).</summary>
internal sealed class ModelHistory(IDb db, RunLog log, NameTable names)
{
    private const string Tag = "mlflow.log-model.history";
    private const int MostKept = 100;
    private static readonly string[] Required = ["artifact_path", "flavors", "utc_time_created", "run_id"];
    private static readonly string[] Kept = ["run_id", "artifact_path", "utc_time_created", "model_uuid"];

    public async Task<Result<Unit>> RecordAsync(string runId, string modelJson, CancellationToken cancellationToken)
    {
        if (Parse(modelJson) is not JsonObject model) return Failure.Invalid("model_json", modelJson, "the JSON object of a model");
        if (Required.Where(f => !model.ContainsKey(f)).ToList() is { Count: > 0 } missing) return new Failure(ErrorCodes.Invalid, $"Model json is missing mandatory fields: {{'{string.Join("', '", missing)}'}}");
        if (model["flavors"] is not JsonObject flavors) return Failure.Invalid("model_json.flavors", model["flavors"]?.ToJsonString(), "an object");
        var entry = new JsonObject();
        foreach (var field in Kept) entry[field] = model[field]?.DeepClone();
        // What configures a flavor may be long, and hold secrets.
        foreach (var (_, flavor) in flavors) (flavor as JsonObject)?.Remove("config");
        entry["flavors"] = flavors.DeepClone();
        await names.EnsureAsync(new LogToRun { Tags = new Dictionary<string, string> { [Tag] = "" } }, cancellationToken);
        return await db.WriteGroupedAsync<Unit>(async s =>
        {
            if (!(await RunKeys.ActiveAsync(s, runId)).TryGet(out var run, out var failure)) return failure;
            await s.ExecuteAsync("UPDATE experiments_runs SET updated_at = updated_at WHERE no = @No", new { run.No });
            var before = await s.ScalarAsync<string>("SELECT v.value FROM experiments_tags v JOIN experiments_names n ON n.no = v.name_no WHERE v.run_no = @No AND n.name = @Tag", new { run.No, Tag });
            var history = Parse(before ?? "[]") as JsonArray ?? [];
            history.Add(entry);
            while (history.Count > MostKept) history.RemoveAt(0);
            return await log.WriteAsync(s, run, new LogToRun { Tags = new Dictionary<string, string> { [Tag] = history.ToJsonString() } }) is { } refused ? refused : Unit.Value;
        }, cancellationToken);
    }

    private static JsonNode? Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
