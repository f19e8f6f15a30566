using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Artifacts;
using Dowel.Experiments.LoggedModels;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Artifacts;
using Dowel.Protocols.Mlflow.Tracking;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.LoggedModels;

/// <summary>Logged models of MLflow 3 (mlflow/protos/service.proto), and the call by which older clients log a model.</summary>
internal static class LoggedModelCalls
{
    private const string MayEdit = "edit on the experiment";
    private const int UsualResults = 50;
    private const int MostResults = 1000;

    public static void MapLoggedModelCalls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapCall("POST", "logged-models", MayEdit, Create);
        endpoints.MapCall("POST", "logged-models/search", "read on the experiments; others are left out", Search);
        endpoints.MapCall("GET", "logged-models/{model}", "read on the experiment", Get);
        endpoints.MapCall("PATCH", "logged-models/{model}", MayEdit, FinalizeModel);
        endpoints.MapCall("DELETE", "logged-models/{model}", MayEdit, Delete);
        endpoints.MapCall("PATCH", "logged-models/{model}/tags", MayEdit, SetTags);
        endpoints.MapCall("DELETE", "logged-models/{model}/tags/{**key}", MayEdit, DeleteTag);
        endpoints.MapCall("POST", "logged-models/{model}/params", MayEdit, LogParams);
        endpoints.MapCall("GET", "logged-models/{model}/artifacts/directories", "use on the experiment", ListArtifacts);
        endpoints.MapDownload("logged-models/{model}/artifacts/files", "use on the experiment", GetArtifact);
        endpoints.MapCall("POST", "runs/log-model", MayEdit, LogModel);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Create(MlflowCall call)
    {
        var experiment = await call.ActiveExperimentAsync(call.Required("experiment_id"), Permission.Edit);
        var run = call.Text("source_run_id");
        // MLflow takes any text for it; a run that is here must be one that the caller may see.
        if (!string.IsNullOrEmpty(run) && await call.Get<RunDirectory>().ExperimentOfAsync(run, call.Aborted) is { } home) await call.RequireExperimentAsync(home, Permission.Read);
        var spec = new NewLoggedModel(call.Text("name") is { Length: > 0 } name ? name : null, call.Text("model_type"), run, Pairs(call, "params"), Pairs(call, "tags"));
        return Answer(await call.Get<LoggedModelService>().CreateAsync(call.Actor, experiment, spec, call.Aborted));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Get(MlflowCall call)
    {
        var id = ModelOf(call);
        await call.RequireModelAsync(id, Permission.Read);
        return Answer(await call.Get<LoggedModelService>().GetAsync(id, call.Aborted));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> FinalizeModel(MlflowCall call)
    {
        var id = ModelOf(call);
        var experiment = await call.ExperimentOfModelAsync(id, Permission.Edit);
        return Answer(await call.Get<LoggedModelService>().FinalizeAsync(call.Actor, experiment, id, LoggedModelJson.Status(call.Choice("status")), call.Aborted));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Delete(MlflowCall call)
    {
        var id = ModelOf(call);
        var experiment = await call.ExperimentOfModelAsync(id, Permission.Edit);
        return Done(await call.Get<LoggedModelService>().DeleteAsync(call.Actor, experiment, id, call.Aborted));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> SetTags(MlflowCall call)
    {
        var id = ModelOf(call);
        await call.RequireModelAsync(id, Permission.Edit);
        return Done(await call.Get<LoggedModelService>().SetTagsAsync(id, Pairs(call, "tags"), call.Aborted));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> DeleteTag(MlflowCall call)
    {
        var id = ModelOf(call);
        await call.RequireModelAsync(id, Permission.Edit);
        return Done(await call.Get<LoggedModelService>().DeleteTagAsync(id, call.Http.GetRouteValue("key") as string ?? "", call.Aborted));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> LogParams(MlflowCall call)
    {
        var id = ModelOf(call);
        await call.RequireModelAsync(id, Permission.Edit);
        return Done(await call.Get<LoggedModelService>().LogParamsAsync(id, Pairs(call, "params"), call.Aborted));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Search(MlflowCall call)
    {
        if (call.Texts("experiment_ids") is not { Count: > 0 } ids) throw MlflowCall.Missing("experiment_ids");
        var limit = call.Integer("max_results") switch
        {
            null or 0 => UsualResults,
            < 0 => throw MlflowCall.Bad("Invalid value for parameter 'max_results' supplied: It must be a positive integer."),
            > MostResults => throw MlflowCall.Bad($"Invalid value {call.Integer("max_results")} for parameter 'max_results' supplied. It must be at most {MostResults}."),
            { } given => (int)given,
        };
        var datasets = call.Objects("datasets").Select((d, i) => new ModelDataset(
            MlflowCall.Text(d, "dataset_name", $"datasets[{i}].dataset_name") is { Length: > 0 } name ? name : throw MlflowCall.Bad("`dataset_name` in the `datasets` clause must be specified."),
            MlflowCall.Text(d, "dataset_digest", $"datasets[{i}].dataset_digest") ?? "")).ToList();
        var order = call.Objects("order_by").Select((o, i) => new ModelOrder(
            MlflowCall.Required(o, "field_name", $"order_by[{i}].field_name"),
            MlflowCall.Flag(o, "ascending", $"order_by[{i}].ascending") is false,
            new ModelDataset(MlflowCall.Text(o, "dataset_name", $"order_by[{i}].dataset_name") ?? "", MlflowCall.Text(o, "dataset_digest", $"order_by[{i}].dataset_digest") ?? ""))).ToList();
        var spec = new LoggedModelSearchSpec(await call.VisibleExperimentsAsync(ids), call.Text("filter"), datasets, order, limit, call.Text("page_token"));
        return (await call.Get<LoggedModelSearch>().SearchAsync(spec, call.Aborted)).Map<Action<Utf8JsonWriter>>(page => j =>
        {
            j.List("models", page.Models, LoggedModelJson.Write);
            j.Text("next_page_token", page.NextToken);
        });
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> ListArtifacts(MlflowCall call)
    {
        var id = ModelOf(call);
        await call.RequireModelAsync(id, Permission.Use);
        if (!(await call.Get<LoggedModelService>().GetAsync(id, call.Aborted)).TryGet(out var model, out var failure)) return failure;
        return await ArtifactCalls.ListBelowAsync(call, id, model.Row.ArtifactUri, call.Text("artifact_directory_path"));
    }

    private static async Task GetArtifact(HttpContext context)
    {
        var call = MlflowCall.Of(context);
        var id = ModelOf(call);
        await call.RequireModelAsync(id, Permission.Use);
        await ArtifactAnswers.SendAsync(context, await call.Get<ArtifactService>().GetAsync(id, call.Required("artifact_file_path"), call.Aborted));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> LogModel(MlflowCall call)
    {
        var (run, model) = (call.Required("run_id"), call.Required("model_json"));
        await call.RequireRunAsync(run, Permission.Edit);
        return (await call.Get<ModelHistory>().RecordAsync(run, model, call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }

    /// <summary>The experiments that the caller may read; what they may not see is not there.</summary>
    public static async Task<IReadOnlyList<string>> VisibleExperimentsAsync(this MlflowCall call, IEnumerable<string> ids)
    {
        var visible = new List<string>();
        foreach (var id in ids.Distinct())
            if (id == TrackingAccess.DefaultId) visible.Add((await call.ExperimentAsync(id, Permission.Read)).Id);
            else if (await call.Get<IResourceService>().CachedPermissionAsync(call.Actor, id, call.Aborted) >= Permission.Read) visible.Add(id);
        return visible;
    }

    private static Result<Action<Utf8JsonWriter>> Answer(Result<LoggedModel> result) => result.Map<Action<Utf8JsonWriter>>(model => j => j.Object("model", w => LoggedModelJson.Write(w, model)));

    private static Result<Action<Utf8JsonWriter>> Done(Result<LoggedModel> result) => result.Map(_ => MlflowRoutes.Nothing);

    private static string ModelOf(MlflowCall call) => (string)call.Http.GetRouteValue("model")!;

    // Of a key that comes twice the last value counts.
    private static Dictionary<string, string> Pairs(MlflowCall call, string name)
    {
        var pairs = new Dictionary<string, string>();
        foreach (var (key, value) in call.Pairs(name)) pairs[key] = value;
        return pairs;
    }
}
