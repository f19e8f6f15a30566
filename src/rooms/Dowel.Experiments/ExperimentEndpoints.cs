using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Experiments;

/// <summary>The routes of experiments.</summary>
internal static class ExperimentEndpoints
{
    public static void MapExperiments(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/experiments").WithTags("Experiments");
        group.MapGet("", List).Allow(AccessRule.SignedIn).WithName("ListExperiments").WithSummary("The experiments that you may see");
        group.MapPost("", Create).Allow(AccessRule.CheckedInside("contributor of the project")).WithName("CreateExperiment").WithSummary("Makes an experiment");
        group.MapGet("/{experiment}", Get).AllowOn(ResourceKind.Experiment, Permission.Read).WithName("GetExperiment").WithSummary("One experiment");
        group.MapPatch("/{experiment}", Update).AllowOn(ResourceKind.Experiment, Permission.Edit).WithName("UpdateExperiment").WithSummary("Changes name, description, owner or tags of an experiment");
        group.MapDelete("/{experiment}", Delete).AllowOn(ResourceKind.Experiment, Permission.Manage).WithName("DeleteExperiment").WithSummary("Deletes an experiment with its runs, for good");
        group.MapPost("/{experiment}/trash", Trash).AllowOn(ResourceKind.Experiment, Permission.Manage).WithName("TrashExperiment").WithSummary("Puts an experiment with its runs into the bin");
        group.MapPost("/{experiment}/restore", Restore).AllowOn(ResourceKind.Experiment, Permission.Manage).WithName("RestoreExperiment").WithSummary("Takes an experiment out of the bin, with the runs that went with it");
    }

    private static async Task<ApiResult<Page<Experiment>>> List(Actor actor, [AsParameters] ListQuery query, string? view, ExperimentService experiments, CancellationToken cancellationToken)
        => QueryText.View(view).TryGet(out var wanted, out var failure) ? await experiments.ListAsync(actor, query, wanted, cancellationToken) : failure;

    private static async Task<ApiResult<Experiment>> Create(Actor actor, CreateExperiment experiment, ExperimentService experiments, CancellationToken cancellationToken)
        => await experiments.CreateAsync(actor, experiment, cancellationToken);

    private static async Task<ApiResult<Experiment>> Get(Resource resource, ExperimentService experiments, CancellationToken cancellationToken)
        => await experiments.GetAsync(resource, cancellationToken);

    private static async Task<ApiResult<Experiment>> Update(Actor actor, Resource resource, ResourcePatch patch, IfMatch ifMatch, ExperimentService experiments, CancellationToken cancellationToken)
        => await experiments.UpdateAsync(actor, resource, patch, ifMatch.Revision, cancellationToken);

    private static Task<ApiResult<Experiment>> Trash(Actor actor, Resource resource, ExperimentService experiments, CancellationToken cancellationToken)
        => SetDeletedAsync(actor, resource, true, experiments, cancellationToken);

    private static Task<ApiResult<Experiment>> Restore(Actor actor, Resource resource, ExperimentService experiments, CancellationToken cancellationToken)
        => SetDeletedAsync(actor, resource, false, experiments, cancellationToken);

    private static async Task<ApiResult<Experiment>> SetDeletedAsync(Actor actor, Resource resource, bool deleted, ExperimentService experiments, CancellationToken cancellationToken)
        => (await experiments.SetDeletedAsync(actor, resource, deleted, cancellationToken)).TryGet(out var now, out var failure) ? await experiments.GetAsync(now, cancellationToken) : failure;

    private static async Task<ApiResult<Unit>> Delete(Actor actor, Resource resource, IfMatch ifMatch, ExperimentService experiments, CancellationToken cancellationToken)
        => await experiments.DeleteAsync(actor, resource, ifMatch.Revision, cancellationToken);
}
