using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Runs;
using Dowel.Protocols.Mlflow.Datasets;
using Dowel.Protocols.Mlflow.Wire;

namespace Dowel.Protocols.Mlflow.Tracking;

/// <summary>Runs and metrics as MLflow writes them (mlflow/protos/service.proto); instants are Unix milliseconds.</summary>
internal static class RunJson
{
    public static void Write(Utf8JsonWriter json, RunData run)
    {
        json.Object("info", j => WriteInfo(j, run.Row));
        json.Object("data", j =>
        {
            j.List("metrics", run.Metrics, (w, m) => WriteMetric(w, m.Name, m.Value, m.Step, m.At));
            j.Pairs("params", run.Params);
            j.Pairs("tags", run.Tags);
        });
        json.Object("inputs", j => InputCalls.WriteInputs(j, run.Inputs));
        json.Object("outputs", j => InputCalls.WriteOutputs(j, run.Inputs));
    }

    public static void WriteInfo(Utf8JsonWriter json, RunRow run)
    {
        json.WriteString("run_uuid", run.Id);
        json.WriteString("run_id", run.Id);
        json.WriteString("run_name", run.Name);
        json.WriteString("experiment_id", run.ExperimentId);
        json.WriteString("user_id", run.UserName);
        json.WriteString("status", run.Status.ToUpperInvariant());
        json.WriteNumber("start_time", run.StartedAt / 1000);
        if (run.EndedAt is { } ended) json.WriteNumber("end_time", ended / 1000);
        json.WriteString("artifact_uri", run.ArtifactUri);
        json.WriteString("lifecycle_stage", Stage(run.DeletedAt is not null));
    }

    public static void WriteMetric(Utf8JsonWriter json, string key, double value, long step, long at)
    {
        json.WriteString("key", key);
        json.Real("value", value);
        json.WriteNumber("timestamp", at / 1000);
        json.WriteNumber("step", step);
    }

    public static void WritePoint(Utf8JsonWriter json, string key, Point point) => WriteMetric(json, key, point.IsNan ? double.NaN : point.Value, point.Step, point.At);

    public static string Stage(bool deleted) => deleted ? "deleted" : "active";

    public static RunStatus Status(string text) => text switch
    {
        "RUNNING" or "1" => RunStatus.Running,
        "SCHEDULED" or "2" => RunStatus.Scheduled,
        "FINISHED" or "3" => RunStatus.Finished,
        "FAILED" or "4" => RunStatus.Failed,
        "KILLED" or "5" => RunStatus.Killed,
        _ => throw MlflowCall.Bad($"Invalid value \"{text}\" for parameter 'status' supplied: expected RUNNING, SCHEDULED, FINISHED, FAILED or KILLED."),
    };
}
