using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Catalog.Datasets;

/// <summary>The routes of datasets.</summary>
internal static class DatasetEndpoints
{
    public static void MapDatasets(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/datasets").WithTags("Catalog");
        group.MapGet("", List).Allow(AccessRule.SignedIn).WithName("ListDatasets").WithSummary("The datasets that you may see");
        group.MapPost("", Create).Allow(AccessRule.CheckedInside("contributor of the project")).WithName("CreateDataset").WithSummary("Makes a dataset, empty at first");
        group.MapGet("/{dataset}", Get).AllowOn(ResourceKind.Dataset, Permission.Read).WithName("GetDataset").WithSummary("One dataset with its newest version");
        group.MapPatch("/{dataset}", Update).AllowOn(ResourceKind.Dataset, Permission.Edit).WithName("UpdateDataset").WithSummary("Changes name, description, owner or tags of a dataset");
        group.MapDelete("/{dataset}", Delete).AllowOn(ResourceKind.Dataset, Permission.Manage).WithName("DeleteDataset").WithSummary("Deletes a dataset with its versions");
    }

    private static async Task<ApiResult<Page<Dataset>>> List(Actor actor, [AsParameters] ListQuery query, DatasetService datasets, CancellationToken cancellationToken)
        => await datasets.ListAsync(actor, query, cancellationToken);

    private static async Task<ApiResult<Dataset>> Create(Actor actor, CreateDataset dataset, DatasetService datasets, CancellationToken cancellationToken)
        => await datasets.CreateAsync(actor, dataset, cancellationToken);

    private static async Task<ApiResult<Dataset>> Get(Resource resource, DatasetService datasets, CancellationToken cancellationToken)
        => await datasets.GetAsync(resource, cancellationToken);

    private static async Task<ApiResult<Dataset>> Update(Actor actor, Resource resource, ResourcePatch patch, IfMatch ifMatch, DatasetService datasets, CancellationToken cancellationToken)
        => await datasets.UpdateAsync(actor, resource, patch, ifMatch.Revision, cancellationToken);

    private static async Task<ApiResult<Unit>> Delete(Actor actor, Resource resource, IfMatch ifMatch, DatasetService datasets, CancellationToken cancellationToken)
        => await datasets.DeleteAsync(actor, resource, ifMatch.Revision, cancellationToken);
}
