using System.Text.Json;
using Dowel.Experiments.LoggedModels;
using Dowel.Protocols.Mlflow.Tracking;
using Dowel.Protocols.Mlflow.Wire;

namespace Dowel.Protocols.Mlflow.LoggedModels;

/// <summary>Logged models as MLflow writes them (mlflow/protos/service.proto).</summary>
internal static class LoggedModelJson
{
    private const string StatusPrefix = "LOGGED_MODEL_";

    public static void Write(Utf8JsonWriter json, LoggedModel model)
    {
        var row = model.Row;
        json.Object("info", j =>
        {
            j.WriteString("model_id", row.Id);
            j.WriteString("experiment_id", row.ExperimentId);
            j.WriteString("name", row.Name);
            j.WriteNumber("creation_timestamp_ms", row.CreatedAt / 1000);
            j.WriteNumber("last_updated_timestamp_ms", row.UpdatedAt / 1000);
            j.WriteString("artifact_uri", row.ArtifactUri);
            j.WriteString("status", StatusPrefix + row.Status);
            j.WriteString("model_type", row.ModelType);
            j.WriteString("source_run_id", row.SourceRunId);
            j.Pairs("tags", model.Tags);
        });
        json.Object("data", j =>
        {
            j.Pairs("params", model.Params);
            j.List("metrics", model.Metrics, WriteMetric);
        });
    }

    public static string Status(string? text) => text switch
    {
        "LOGGED_MODEL_PENDING" or "1" => LoggedModelStatus.Pending,
        "LOGGED_MODEL_READY" or "2" => LoggedModelStatus.Ready,
        "LOGGED_MODEL_UPLOAD_FAILED" or "3" => LoggedModelStatus.Failed,
        null or "" => throw MlflowCall.Missing("status"),
        _ => throw MlflowCall.Bad($"Invalid value \"{text}\" for parameter 'status' supplied: expected LOGGED_MODEL_PENDING, LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED."),
    };

    private static void WriteMetric(Utf8JsonWriter json, ModelMetric metric)
    {
        RunJson.WriteMetric(json, metric.Key, metric.Value, metric.Step, metric.At);
        if (metric.DatasetName.Length > 0) json.WriteString("dataset_name", metric.DatasetName);
        if (metric.DatasetDigest.Length > 0) json.WriteString("dataset_digest", metric.DatasetDigest);
        json.WriteString("model_id", metric.ModelId);
        json.WriteString("run_id", metric.RunId);
    }
}
