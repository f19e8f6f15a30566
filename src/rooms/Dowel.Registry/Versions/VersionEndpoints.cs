using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Gates;
using Dowel.Registry.Stages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Registry.Versions;

/// <summary>The routes of model versions; <c>{version}</c> is a number or an alias.</summary>
internal static class VersionEndpoints
{
    public static void MapVersions(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/models/{model}/versions").WithTags("Registry");
        group.MapGet("", List).AllowOn(ResourceKind.Model, Permission.Read).WithName("ListModelVersions").WithSummary("The versions of a model, newest first");
        group.MapPost("", Create).AllowOn(ResourceKind.Model, Permission.Edit).WithName("CreateModelVersion").WithSummary("Registers a version from a run's artifacts; also takes 'use' on the run's experiment");
        group.MapGet("/{version}", Get).AllowOn(ResourceKind.Model, Permission.Read).WithName("GetModelVersion").WithSummary("One version, by number or alias");
        group.MapPatch("/{version}", Patch).AllowOn(ResourceKind.Model, Permission.Edit).WithName("UpdateModelVersion").WithSummary("Changes description or tags of a version");
        group.MapDelete("/{version}", Delete).AllowOn(ResourceKind.Model, Permission.Manage).WithName("DeleteModelVersion").WithSummary("Deletes a version; its number is not given again");
        group.MapPut("/{version}/stage", SetStage).AllowOn(ResourceKind.Model, Permission.Edit).WithName("SetModelVersionStage").WithSummary("Moves a version to a stage of MLflow's; a protected one is entered only past the gate");
        group.MapPost("/{version}/validate", Validate).AllowOn(ResourceKind.Model, Permission.Edit).WithName("ValidateModelVersion").WithSummary("Runs a version through the model's gate and keeps the result");
        group.MapGet("/{version}/files/{**path}", File).AllowOn(ResourceKind.Model, Permission.Use).WithName("GetModelFile").WithSummary("The content of a file of a version; honours Range")
            .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream").Produces(StatusCodes.Status206PartialContent, contentType: "application/octet-stream");
    }

    private static async Task<ApiResult<Page<ModelVersion>>> List(Resource resource, [AsParameters] ListQuery query, VersionService versions, CancellationToken cancellationToken)
        => await versions.ListAsync(resource, query, cancellationToken);

    private static async Task<ApiResult<ModelVersion>> Create(Actor actor, Resource resource, CreateModelVersion body, VersionService versions, CancellationToken cancellationToken)
        => await versions.CreateAsync(actor, resource, body, cancellationToken);

    private static async Task<ApiResult<ModelVersion>> Get(Resource resource, string version, VersionService versions, CancellationToken cancellationToken)
        => await versions.GetAsync(resource, version, cancellationToken);

    private static async Task<ApiResult<ModelVersion>> Patch(Actor actor, Resource resource, string version, PatchModelVersion body, VersionEdits edits, CancellationToken cancellationToken)
        => await edits.PatchAsync(actor, resource, version, body, cancellationToken);

    private static async Task<ApiResult<Unit>> Delete(Actor actor, Resource resource, string version, string? reason, VersionEdits edits, CancellationToken cancellationToken)
        => await edits.DeleteAsync(actor, resource, version, reason, cancellationToken);

    private static async Task<ApiResult<ModelVersion>> SetStage(Actor actor, Resource resource, string version, SetStage body, StageService stages, CancellationToken cancellationToken)
        => await stages.MoveAsync(actor, resource, version, body, cancellationToken);

    private static async Task<ApiResult<GateResult>> Validate(Actor actor, Resource resource, string version, string? alias, GateService gates, CancellationToken cancellationToken)
        => await gates.ValidateAsync(actor, resource, version, alias, cancellationToken);

    private static async Task<IResult> File(HttpContext context, Resource resource, string version, string? path, VersionService versions, IObjectStore store)
    {
        if (ArtifactPaths.Check("path", path) is { } wrong) return new ApiResult<Unit>(wrong);
        if (!(await versions.GetAsync(resource, version, context.RequestAborted)).TryGet(out var found, out var failure)) return new ApiResult<Unit>(failure);
        return found.Files.FirstOrDefault(f => f.Path == path) is { } file
            ? await SafeDownload.FromStoreAsync(context, store, file.Path, file.Hash!)
            : new ApiResult<Unit>(Failure.NotFound($"file in version {found.Version}", path!));
    }
}
