using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Runs;
using Dowel.Experiments.Search;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.Tracking;

/// <summary>Runs: begin, read, change, search, delete and restore (mlflow/protos/service.proto).</summary>
internal static class RunCalls
{
    private const int MostResults = 50_000;

    public static void MapRunCalls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapCall("POST", "runs/create", "edit on the experiment", Create);
        endpoints.MapCall("GET", "runs/get", "read on the experiment", Get);
        endpoints.MapCall("POST", "runs/update", "edit on the experiment", Update);
        endpoints.MapCall("POST", "runs/search", "read on the experiments; others are left out", Search);
        endpoints.MapCall("POST", "runs/delete", "edit on the experiment", call => SetDeleted(call, true));
        endpoints.MapCall("POST", "runs/restore", "edit on the experiment", call => SetDeleted(call, false));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Create(MlflowCall call)
    {
        var experiment = await call.ActiveExperimentAsync(call.Text("experiment_id") is { Length: > 0 } id ? id : TrackingAccess.DefaultId, Permission.Edit);
        var tags = new Dictionary<string, string>();
        foreach (var (key, value) in call.Pairs("tags")) tags[key] = LogCalls.TagValue(value);
        var (name, named) = (call.Text("run_name"), tags.GetValueOrDefault(LogRules.RunNameTag));
        if (!string.IsNullOrEmpty(name) && !string.IsNullOrEmpty(named) && name != named)
            throw MlflowCall.Bad($"Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='{name}', mlflow.runName='{named}').");
        var runName = !string.IsNullOrEmpty(name) ? name : !string.IsNullOrEmpty(named) ? named : RunNames.Next();
        tags[LogRules.RunNameTag] = runName;
        var started = call.Integer("start_time") is { } millis and > 0 ? LogCalls.Instant("start_time", millis) : (DateTimeOffset?)null;
        var made = await call.Get<RunService>().CreateDataAsync(call.Actor, experiment, new CreateRun { Name = runName, StartedAt = started, Tags = tags }, call.Aborted);
        return made.Map<Action<Utf8JsonWriter>>(run => j => j.Object("run", w => RunJson.Write(w, run)));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Get(MlflowCall call)
    {
        var id = call.RunId();
        await call.RequireRunAsync(id, Permission.Read);
        if (await call.Get<RunService>().GetDataAsync(id, call.Aborted) is not { } run) return RunKeys.NotFound(id);
        return Result.Ok<Action<Utf8JsonWriter>>(j => j.Object("run", w => RunJson.Write(w, run)));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Update(MlflowCall call)
    {
        var id = call.RunId();
        var experiment = await call.ExperimentOfRunAsync(id, Permission.Edit);
        var patch = new PatchRun
        {
            Name = call.Text("run_name") is { Length: > 0 } name ? name : null,
            Status = call.Choice("status") is { Length: > 0 } status ? RunJson.Status(status) : null,
            EndedAt = call.Integer("end_time") is { } ended and > 0 ? LogCalls.Instant("end_time", ended) : null,
        };
        // An end without a final status is passed over, as a run that goes on has none.
        if (patch.Status is RunStatus.Running or RunStatus.Scheduled) patch = patch with { EndedAt = null };
        else if (patch is { Status: null, EndedAt: not null } && await call.Get<RunService>().FindAsync(id, call.Aborted) is { RunStatus: RunStatus.Running or RunStatus.Scheduled }) patch = patch with { EndedAt = null };
        var updated = await call.Get<RunService>().UpdateRowAsync(call.Actor, experiment, id, patch, call.Aborted);
        return updated.Map<Action<Utf8JsonWriter>>(run => j => j.Object("run_info", w => RunJson.WriteInfo(w, run)));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Search(MlflowCall call)
    {
        var limit = call.Integer("max_results") switch
        {
            null => 1000,
            < 1 => throw MlflowCall.Bad("Invalid value for parameter 'max_results' supplied: It must be a positive integer."),
            > MostResults => throw MlflowCall.Bad($"Invalid value {call.Integer("max_results")} for parameter 'max_results' supplied. It must be at most {MostResults}, but got value {call.Integer("max_results")}"),
            { } given => (int)given,
        };
        var resources = call.Get<IResourceService>();
        var experiments = new List<string>();
        foreach (var id in call.Texts("experiment_ids").Distinct())
        {
            // What the caller may not see is not there.
            if (id == TrackingAccess.DefaultId) experiments.Add((await call.ExperimentAsync(id, Permission.Read)).Id);
            else if (await resources.CachedPermissionAsync(call.Actor, id, call.Aborted) >= Permission.Read) experiments.Add(id);
        }
        var found = await call.Get<RunSearch>().SearchAsync(new RunSearchSpec
        {
            Experiments = experiments,
            Filter = call.Text("filter"),
            Order = ExperimentCalls.Orders(call.Texts("order_by")),
            View = ExperimentCalls.View(call.Choice("run_view_type")),
            Limit = limit,
            Token = call.Text("page_token"),
        }, call.Aborted);
        return found.Map<Action<Utf8JsonWriter>>(page => j =>
        {
            j.List("runs", page.Runs, RunJson.Write);
            j.Text("next_page_token", page.NextToken);
        });
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> SetDeleted(MlflowCall call, bool deleted)
    {
        var id = call.Required("run_id");
        var experiment = await call.ExperimentOfRunAsync(id, Permission.Edit);
        return (await call.Get<RunService>().SetDeletedAsync(call.Actor, experiment, id, deleted, call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }
}
