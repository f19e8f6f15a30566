using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Search;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Experiments.Runs;

/// <summary>The routes of runs.</summary>
internal static class RunEndpoints
{
    public static readonly AccessRule MayRead = AccessRule.On(ResourceKind.Experiment, Permission.Read, "run", RunService.LocateAsync);
    public static readonly AccessRule MayUse = AccessRule.On(ResourceKind.Experiment, Permission.Use, "run", RunService.LocateAsync);
    public static readonly AccessRule MayEdit = AccessRule.On(ResourceKind.Experiment, Permission.Edit, "run", RunService.LocateAsync);

    public static void MapRuns(this IEndpointRouteBuilder endpoints)
    {
        var inside = endpoints.MapGroup("/api/v1/experiments/{experiment}/runs").WithTags("Experiments");
        inside.MapGet("", List).AllowOn(ResourceKind.Experiment, Permission.Read).WithName("ListRuns").WithSummary("The runs of an experiment");
        inside.MapPost("", Create).AllowOn(ResourceKind.Experiment, Permission.Edit).WithName("CreateRun").WithSummary("Starts a run");
        inside.MapGet("/count", Count).AllowOn(ResourceKind.Experiment, Permission.Read).WithName("CountRuns").WithSummary("How many runs of an experiment a query finds");
        inside.MapPost("/change", Change).AllowOn(ResourceKind.Experiment, Permission.Edit).WithName("ChangeRuns").WithSummary("Puts several runs into the bin, restores, deletes or tags them; all or none");
        inside.MapGet("/groups", Groups).AllowOn(ResourceKind.Experiment, Permission.Read).WithName("GroupRuns").WithSummary("The runs of an experiment by the values of a param or tag: how many, and their metrics summed up");
        var experiment = endpoints.MapGroup("/api/v1/experiments/{experiment}").WithTags("Experiments");
        experiment.MapGet("/fields", Fields).AllowOn(ResourceKind.Experiment, Permission.Read).WithName("ListLoggedNames").WithSummary("The names of metrics, params and tags that its runs have");
        experiment.MapGet("/metrics/{**key}", Series).AllowOn(ResourceKind.Experiment, Permission.Read).WithName("SampleMetric").WithSummary("A metric of several of its runs over their steps, thinned out for a chart");

        endpoints.MapGet("/api/v1/runs", ListAll).Allow(AccessRule.SignedIn).WithTags("Experiments").WithName("ListAllRuns").WithSummary("The runs of all experiments that you may see, the newest first; with view=deleted, the bin");
        var group = endpoints.MapGroup("/api/v1/runs/{run}").WithTags("Experiments");
        group.MapGet("", Get).Allow(MayRead).WithName("GetRun").WithSummary("One run");
        group.MapPatch("", Update).Allow(MayEdit).WithName("UpdateRun").WithSummary("Changes a run's name or status; a final status ends it");
        group.MapDelete("", Delete).Allow(MayEdit).WithName("DeleteRun").WithSummary("Deletes a run with all that was logged to it, for good");
        group.MapPost("/trash", Trash).Allow(MayEdit).WithName("TrashRun").WithSummary("Puts a run into the bin");
        group.MapPost("/restore", Restore).Allow(MayEdit).WithName("RestoreRun").WithSummary("Takes a run out of the bin");
        group.MapDelete("/tags/{**key}", DeleteTag).Allow(MayEdit).WithName("DeleteRunTag").WithSummary("Takes a tag off a run");
        group.MapPost("/log", Log).Allow(MayEdit).WithName("LogToRun").WithSummary("Logs metrics, params and tags; all or nothing");
        group.MapGet("/metrics/{**key}", History).Allow(MayRead).WithName("GetRunMetric").WithSummary("Every value of a metric, in order of step and time")
            .Produces<IReadOnlyList<MetricPoint>>();
    }

    private static async Task<ApiResult<Page<Run>>> List(Resource resource, string? search, string? status, string? filter, string? view, string? sort, string? cursor, int? skip, int? limit, RunSearch runs, CancellationToken cancellationToken)
    {
        if (!QueryText.Status(status).TryGet(out var wanted, out var failure) || !QueryText.View(view).TryGet(out var which, out failure)) return failure;
        return await runs.ListAsync(resource.Id, new RunQuery { Search = search, Status = wanted, Filter = filter, View = which, Sort = sort, Cursor = cursor, Skip = skip, Limit = limit }, cancellationToken);
    }

    private static async Task<ApiResult<Page<Run>>> ListAll(Actor actor, string? search, string? status, string? filter, string? view, string? cursor, int? limit, RunSearch runs, IResourceService resources, CancellationToken cancellationToken)
    {
        if (!QueryText.Status(status).TryGet(out var wanted, out var failure) || !QueryText.View(view).TryGet(out var which, out failure)) return failure;
        var experiments = await resources.AllAsync(actor, ResourceKind.Experiment, Permission.Read, cancellationToken);
        return await runs.ListAsync([.. experiments.Select(e => e.Id)], new RunQuery { Search = search, Status = wanted, Filter = filter, View = which, Cursor = cursor, Limit = limit }, cancellationToken);
    }

    private static async Task<ApiResult<RunCount>> Count(Resource resource, string? search, string? status, string? filter, string? view, RunSearch runs, CancellationToken cancellationToken)
    {
        if (!QueryText.Status(status).TryGet(out var wanted, out var failure) || !QueryText.View(view).TryGet(out var which, out failure)) return failure;
        return await runs.CountAsync(resource.Id, new RunQuery { Search = search, Status = wanted, Filter = filter, View = which }, cancellationToken);
    }

    private static async Task<ApiResult<Unit>> Change(Actor actor, Resource resource, ChangeRuns body, RunChanges changes, CancellationToken cancellationToken)
        => await changes.ApplyAsync(actor, resource, body, cancellationToken);

    private static async Task<ApiResult<IReadOnlyList<RunGroup>>> Groups(Resource resource, string by, string[]? metric, string? status, string? filter, string? view, int? limit, RunSearch runs, CancellationToken cancellationToken)
    {
        if (!QueryText.Status(status).TryGet(out var wanted, out var failure) || !QueryText.View(view).TryGet(out var which, out failure)) return failure;
        return await runs.GroupAsync(resource.Id, new RunGroupQuery { By = by, Metrics = metric ?? [], Status = wanted, Filter = filter, View = which, Limit = limit }, cancellationToken);
    }

    private static async Task<ApiResult<LoggedNames>> Fields(Resource resource, string? search, int? limit, LoggedNameQuery names, CancellationToken cancellationToken)
        => await names.ListAsync(resource.Id, search, limit, cancellationToken);

    private static async Task<ApiResult<IReadOnlyList<MetricSeries>>> Series(Resource resource, string key, string? runs, int? points, MetricSampler sampler, CancellationToken cancellationToken)
        => await sampler.SampleAsync(resource.Id, key, runs, points, cancellationToken);

    private static async Task<ApiResult<Run>> Create(Actor actor, Resource resource, CreateRun body, RunService runs, CancellationToken cancellationToken)
        => await runs.CreateAsync(actor, resource, body, cancellationToken);

    private static async Task<ApiResult<Run>> Get(string run, RunService runs, CancellationToken cancellationToken)
        => await runs.GetAsync(run, cancellationToken);

    private static async Task<ApiResult<Run>> Update(Actor actor, Resource resource, string run, PatchRun patch, RunService runs, CancellationToken cancellationToken)
        => await runs.UpdateAsync(actor, resource, run, patch, cancellationToken);

    private static async Task<ApiResult<Unit>> Delete(Actor actor, Resource resource, string run, RunService runs, CancellationToken cancellationToken)
        => await runs.DeleteAsync(actor, resource, run, cancellationToken);

    private static async Task<ApiResult<Unit>> Trash(Actor actor, Resource resource, string run, RunService runs, CancellationToken cancellationToken)
        => await runs.SetDeletedAsync(actor, resource, run, true, cancellationToken);

    private static async Task<ApiResult<Unit>> Restore(Actor actor, Resource resource, string run, RunService runs, CancellationToken cancellationToken)
        => await runs.SetDeletedAsync(actor, resource, run, false, cancellationToken);

    private static async Task<ApiResult<Unit>> DeleteTag(string run, string key, RunLog log, CancellationToken cancellationToken)
        => await log.DeleteTagAsync(run, key, cancellationToken);

    private static async Task<ApiResult<Unit>> Log(string run, LogToRun body, RunLog log, CancellationToken cancellationToken)
        => await log.LogAsync(run, body, [], cancellationToken);

    // Written as it is read, so that a million points take no more memory than one page of them.
    private static Task History(HttpContext context, string run, string key, RunLog log)
        => context.Response.WriteAsJsonAsync<IAsyncEnumerable<MetricPoint>>(log.HistoryAsync(run, key, context.RequestAborted), DowelJson.Options, context.RequestAborted);
}
