using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Datasets;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.LoggedModels;
using Dowel.Protocols.Mlflow.Tracking;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.Datasets;

/// <summary>What runs read and made: datasets and logged models (mlflow/protos/service.proto).</summary>
internal static class InputCalls
{
    private const int MostSearched = 20;

    public static void MapInputCalls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapCall("POST", "runs/log-inputs", "edit on the experiment, read on the models", LogInputs);
        endpoints.MapCall("POST", "runs/outputs", "edit on the experiment, read on the models", LogOutputs);
        endpoints.MapCall("POST", "experiments/search-datasets", "read on the experiments; others are left out", Search);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> LogInputs(MlflowCall call)
    {
        var run = call.Required("run_id");
        var datasets = call.Objects("datasets").Select((d, i) => Read(d, $"datasets[{i}]")).ToList();
        var models = call.Objects("models").Select((m, i) => MlflowCall.Required(m, "model_id", $"models[{i}].model_id")).ToList();
        var experiment = await call.ExperimentOfRunAsync(run, Permission.Edit);
        foreach (var model in models.Distinct()) await call.RequireModelAsync(model, Permission.Read);
        return (await call.Get<InputLog>().LogInputsAsync(call.Actor, experiment, run, datasets, models, call.Http.Request.Host.Value ?? "", call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> LogOutputs(MlflowCall call)
    {
        var run = call.Required("run_id");
        if (call.Objects("models") is not { Count: > 0 } given) throw MlflowCall.Missing("models");
        var models = given.Select((m, i) => new ModelOutput(MlflowCall.Required(m, "model_id", $"models[{i}].model_id"), MlflowCall.Integer(m, "step", $"models[{i}].step") ?? 0)).ToList();
        await call.RequireRunAsync(run, Permission.Edit);
        foreach (var model in models.Select(m => m.ModelId).Distinct()) await call.RequireModelAsync(model, Permission.Read);
        return (await call.Get<InputLog>().LogOutputsAsync(run, models, call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Search(MlflowCall call)
    {
        var ids = call.Texts("experiment_ids");
        if (ids.Count == 0) throw MlflowCall.Bad("SearchDatasets request must specify at least one experiment_id.");
        if (ids.Count > MostSearched) throw MlflowCall.Bad($"SearchDatasets request cannot specify more than {MostSearched} experiment_ids. Received {ids.Count} experiment_ids.");
        var found = await call.Get<InputLog>().SearchAsync([.. await call.VisibleExperimentsAsync(ids)], call.Aborted);
        return Result.Ok<Action<Utf8JsonWriter>>(j => j.List("dataset_summaries", found, (w, d) =>
        {
            w.WriteString("experiment_id", d.ExperimentId);
            w.WriteString("name", d.Name);
            w.WriteString("digest", d.Digest);
            w.Text("context", d.Context);
        }));
    }

    /// <summary>Writes the inputs of a run.</summary>
    public static void WriteInputs(Utf8JsonWriter json, RunInputs inputs)
    {
        json.List("dataset_inputs", inputs.Datasets, (j, d) =>
        {
            j.Pairs("tags", d.Tags);
            j.Object("dataset", w =>
            {
                w.WriteString("name", d.Name);
                w.WriteString("digest", d.Digest);
                w.WriteString("source_type", d.SourceType);
                w.WriteString("source", d.Source);
                w.Text("schema", d.Schema);
                w.Text("profile", d.Profile);
            });
        });
        json.List("model_inputs", inputs.Models, (j, model) => j.WriteString("model_id", model));
    }

    /// <summary>Writes the outputs of a run.</summary>
    public static void WriteOutputs(Utf8JsonWriter json, RunInputs inputs) => json.List("model_outputs", inputs.Outputs, (j, output) =>
    {
        j.WriteString("model_id", output.ModelId);
        j.WriteNumber("step", output.Step);
    });

    private static DatasetInput Read(JsonElement input, string path)
    {
        if (MlflowCall.Field(input, "dataset") is not { ValueKind: JsonValueKind.Object } dataset) throw MlflowCall.Missing($"{path}.dataset");
        string? Text(string name) => MlflowCall.Text(dataset, name, $"{path}.dataset.{name}");
        return new DatasetInput(Text("name") ?? "", Text("digest") ?? "", Text("source_type") ?? "", Text("source") ?? "", Text("schema"), Text("profile"), MlflowCall.Pairs(input, "tags", $"{path}.tags"));
    }
}
