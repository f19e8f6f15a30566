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

        var group = endpoints.MapGroup("/api/v1/runs/{run}").WithTags("Experiments");
        group.MapGet("", Get).Allow(MayRead).WithName("GetRun").WithSummary("One run");
        group.MapPatch("", Update).Allow(MayEdit).WithName("UpdateRun").WithSummary("Changes a run's name or status; a final status ends it");
        group.MapDelete("", Delete).Allow(MayEdit).WithName("DeleteRun").WithSummary("Deletes a run with all that was logged to it");
        group.MapPost("/log", Log).Allow(MayEdit).WithName("LogToRun").WithSummary("Logs metrics, params and tags; all or nothing");
        group.MapGet("/metrics/{**key}", History).Allow(MayRead).WithName("GetRunMetric").WithSummary("Every value of a metric, in order of step and time")
            .Produces<IReadOnlyList<MetricPoint>>();
    }

    // The status comes as text: binding an enum from a query knows neither camelCase nor that numbers are no names.
    private static async Task<ApiResult<Page<Run>>> List(Resource resource, string? search, string? status, string? filter, string? sort, string? cursor, int? limit, RunSearch runs, CancellationToken cancellationToken)
    {
        RunStatus? wanted = null;
        if (!string.IsNullOrEmpty(status))
        {
            if (!Enum.TryParse<RunStatus>(status, ignoreCase: true, out var parsed) || !Enum.GetNames<RunStatus>().Contains(status, StringComparer.OrdinalIgnoreCase))
                return Failure.Invalid("status", status, "running, scheduled, finished, failed or killed");
            wanted = parsed;
        }
        return await runs.ListAsync(resource.Id, new RunQuery { Search = search, Status = wanted, Filter = filter, Sort = sort, Cursor = cursor, Limit = limit }, cancellationToken);
    }

    private static async Task<ApiResult<Run>> Create(Actor actor, Resource resource, CreateRun body, RunService runs, CancellationToken cancellationToken)
        => await runs.CreateAsync(actor, resource, body, cancellationToken);

    private static async Task<ApiResult<Run>> Get(string run, RunService runs, CancellationToken cancellationToken)
        => await runs.GetAsync(run, cancellationToken);

    private static async Task<ApiResult<Run>> Update(Actor actor, Resource resource, string run, PatchRun patch, RunService runs, CancellationToken cancellationToken)
        => await runs.UpdateAsync(actor, resource, run, patch, cancellationToken);

    private static async Task<ApiResult<Unit>> Delete(Actor actor, Resource resource, string run, RunService runs, CancellationToken cancellationToken)
        => await runs.DeleteAsync(actor, resource, run, cancellationToken);

    private static async Task<ApiResult<Unit>> Log(string run, LogToRun body, RunLog log, CancellationToken cancellationToken)
        => await log.LogAsync(run, body, [], cancellationToken);

    // Written as it is read, so that a million points take no more memory than one page of them.
    private static Task History(HttpContext context, string run, string key, RunLog log)
        => context.Response.WriteAsJsonAsync<IAsyncEnumerable<MetricPoint>>(log.HistoryAsync(run, key, context.RequestAborted), DowelJson.Options, context.RequestAborted);
}
