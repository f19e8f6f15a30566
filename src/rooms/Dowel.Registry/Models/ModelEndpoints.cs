using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Registry.Models;

/// <summary>The routes of registered models.</summary>
internal static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/models").WithTags("Registry");
        group.MapGet("", List).Allow(AccessRule.SignedIn).WithName("ListModels").WithSummary("The registered models that you may see; with prompts=true only MLflow's prompts among them, with prompts=false without those");
        group.MapPost("", Create).Allow(AccessRule.CheckedInside("contributor of the project")).WithName("CreateModel").WithSummary("Makes a registered model, without versions at first");
        group.MapGet("/{model}", Get).AllowOn(ResourceKind.Model, Permission.Read).WithName("GetModel").WithSummary("One registered model");
        group.MapPatch("/{model}", Update).AllowOn(ResourceKind.Model, Permission.Edit).WithName("UpdateModel").WithSummary("Changes name, description, owner or tags of a model");
        group.MapDelete("/{model}", Delete).AllowOn(ResourceKind.Model, Permission.Manage).WithName("DeleteModel").WithSummary("Deletes a model with its versions");
        // A gate guards against those who may only edit, so it takes more to change it.
        group.MapPut("/{model}/gate", SetGate).AllowOn(ResourceKind.Model, Permission.Manage).WithName("SetModelGate").WithSummary("Sets what a version must pass before a protected alias moves to it");
    }

    private static async Task<ApiResult<Page<RegisteredModel>>> List(Actor actor, [AsParameters] ListQuery query, bool? prompts, ModelService models, CancellationToken cancellationToken)
        => await models.ListAsync(actor, query, prompts, cancellationToken);

    private static async Task<ApiResult<RegisteredModel>> Create(Actor actor, CreateModel model, ModelService models, CancellationToken cancellationToken)
        => await models.CreateAsync(actor, model, cancellationToken);

    private static async Task<ApiResult<RegisteredModel>> Get(Resource resource, ModelService models, CancellationToken cancellationToken)
        => await models.GetAsync(resource, cancellationToken);

    private static async Task<ApiResult<RegisteredModel>> Update(Actor actor, Resource resource, ResourcePatch patch, string? reason, IfMatch ifMatch, ModelService models, CancellationToken cancellationToken)
        => await models.UpdateAsync(actor, resource, patch, ifMatch.Revision, reason, cancellationToken);

    private static async Task<ApiResult<Unit>> Delete(Actor actor, Resource resource, IfMatch ifMatch, ModelService models, CancellationToken cancellationToken)
        => await models.DeleteAsync(actor, resource, ifMatch.Revision, cancellationToken);

    private static async Task<ApiResult<RegisteredModel>> SetGate(Actor actor, Resource resource, ValidationGate gate, IfMatch ifMatch, ModelService models, CancellationToken cancellationToken)
        => await models.SetGateAsync(actor, resource, gate, ifMatch.Revision, cancellationToken);
}
