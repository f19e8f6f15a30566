using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Serving.Deployments;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Dowel.Serving.Endpoints;

/// <summary><c>/api/v1/endpoints</c>.</summary>
internal static class ServingEndpoints
{
    public static void MapServingEndpoints(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/endpoints").WithTags("Serving");
        group.MapGet("", List).Allow(AccessRule.SignedIn).WithName("ListEndpoints").WithSummary("Endpoints that you may see");
        group.MapPost("", Create).Allow(AccessRule.CheckedInside("contributor of the project, use of the model and the features")).WithName("CreateEndpoint").WithSummary("Deploy a model version behind a new endpoint");
        group.MapGet("/{endpoint}", Get).AllowOn(ResourceKind.Endpoint, Permission.Read).WithName("GetEndpoint").WithSummary("One endpoint with its deployments and their state");
        group.MapPatch("/{endpoint}", Update).AllowOn(ResourceKind.Endpoint, Permission.Edit).WithName("UpdateEndpoint").WithSummary("Change an endpoint: another version, replicas, features, stop, start");
        group.MapDelete("/{endpoint}", Delete).AllowOn(ResourceKind.Endpoint, Permission.Manage).WithName("DeleteEndpoint").WithSummary("Remove an endpoint; its prediction log stays");
        group.MapGet("/{endpoint}/deployments/{deployment}/log", Log).AllowOn(ResourceKind.Endpoint, Permission.Edit).WithName("GetDeploymentLog").WithSummary("What a deployment's model prints and what happens to it, as lines of text; with follow=true as they come");
    }

    private static async Task<ApiResult<Page<Dowel.Contracts.Endpoint>>> List([AsParameters] ListQuery query, Actor actor, EndpointService service, CancellationToken cancellationToken)
        => await service.ListAsync(actor, query, cancellationToken);

    private static async Task<ApiResult<Dowel.Contracts.Endpoint>> Create(CreateEndpoint body, Actor actor, EndpointService service, CancellationToken cancellationToken)
        => await service.CreateAsync(actor, body, cancellationToken);

    private static ApiResult<Dowel.Contracts.Endpoint> Get(Resource resource, EndpointService service) => service.Describe(resource);

    private static async Task<ApiResult<Dowel.Contracts.Endpoint>> Update(Resource resource, PatchEndpoint body, IfMatch match, Actor actor, EndpointService service, CancellationToken cancellationToken)
        => await service.UpdateAsync(actor, resource, body, match.Revision, cancellationToken);

    private static async Task<ApiResult<Unit>> Delete(Resource resource, IfMatch match, Actor actor, EndpointService service, CancellationToken cancellationToken)
        => await service.DeleteAsync(actor, resource, match.Revision, cancellationToken);

    private static async Task Log(HttpContext context, Resource resource, string deployment, EndpointTable table, DeploymentLogs logs, IHostApplicationLifetime lifetime, int tail = 500, bool follow = false)
    {
        // Whoever follows must not hold up the end of the server.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        if (tail is < 0 or > 100_000)
        {
            await Problems.WriteAsync(context, Failure.Invalid("tail", tail, "0 to 100000 lines"));
            return;
        }
        if (table.FindById(resource.Id)?.Deployments.LastOrDefault(d => d.Row.Id == deployment || d.Row.Name == deployment) is not { } found)
        {
            await Problems.WriteAsync(context, Failure.NotFound("deployment", deployment));
            return;
        }
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.StartAsync(context.RequestAborted);
        try
        {
            await foreach (var line in logs.Of(found.Row.Id).ReadAsync(tail, follow, end.Token))
            {
                await context.Response.WriteAsync(line + "\n", context.RequestAborted);
                if (follow) await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever followed has gone.
        }
    }
}
