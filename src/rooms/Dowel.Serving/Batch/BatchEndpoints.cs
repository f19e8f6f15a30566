using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Serving.Batch;

/// <summary><c>/api/v1/batch</c>.</summary>
internal static class BatchEndpoints
{
    public static void MapBatch(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/batch").WithTags("Batch inference");
        group.MapGet("", List).Allow(AccessRule.SignedIn).WithName("ListBatchRuns").WithSummary("Batch runs of your projects, newest first; of one endpoint with endpoint=…");
        group.MapPost("", Create).Allow(AccessRule.CheckedInside("use of the endpoint or model and of the dataset, contributor of the output's project")).WithName("CreateBatchRun")
            .WithSummary("Run an endpoint or a model version over a dataset into another dataset");
        group.MapGet("/{run}", Get).Allow(AccessRule.CheckedInside("viewer of the run's project")).WithName("GetBatchRun").WithSummary("One batch run with its progress");
        group.MapDelete("/{run}", Delete).Allow(AccessRule.CheckedInside("contributor of the run's project")).WithName("DeleteBatchRun").WithSummary("Forget a batch run that has ended; the datasets that it made stay");
        group.MapPost("/{run}/cancel", Cancel).Allow(AccessRule.CheckedInside("contributor of the run's project")).WithName("CancelBatchRun").WithSummary("Stop a batch run; what is done is kept for it to be resumed");
        group.MapPost("/{run}/resume", Resume).Allow(AccessRule.CheckedInside("contributor of the run's project")).WithName("ResumeBatchRun")
            .WithSummary("Go on with a batch run that failed or was cancelled, in your name; rows that failed are tried again");
    }

    private static async Task<ApiResult<Page<BatchRun>>> List([AsParameters] ListQuery query, string? endpoint, Actor actor, BatchService service, CancellationToken cancellationToken)
        => await service.ListAsync(actor, query, endpoint, cancellationToken);

    private static async Task<ApiResult<BatchRun>> Create(CreateBatchRun body, Actor actor, BatchService service, CancellationToken cancellationToken) => await service.CreateAsync(actor, body, cancellationToken);

    private static async Task<ApiResult<BatchRun>> Get(string run, Actor actor, BatchService service, CancellationToken cancellationToken) => await service.GetAsync(actor, run, cancellationToken);

    private static async Task<ApiResult<Unit>> Delete(string run, Actor actor, BatchService service, CancellationToken cancellationToken) => await service.DeleteAsync(actor, run, cancellationToken);

    private static async Task<ApiResult<BatchRun>> Cancel(string run, Actor actor, BatchService service, CancellationToken cancellationToken) => await service.CancelAsync(actor, run, cancellationToken);

    private static async Task<ApiResult<BatchRun>> Resume(string run, Actor actor, BatchService service, CancellationToken cancellationToken) => await service.ResumeAsync(actor, run, cancellationToken);
}
