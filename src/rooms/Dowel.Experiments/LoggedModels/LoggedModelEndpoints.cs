using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Experiments.LoggedModels;

/// <summary>The route of logged models.</summary>
internal static class LoggedModelEndpoints
{
    private static readonly AccessRule MayRead = AccessRule.On(ResourceKind.Experiment, Permission.Read, "loggedModel",
        (services, model, cancellationToken) => services.GetRequiredService<LoggedModelDirectory>().ExperimentOfAsync(model, cancellationToken));

    public static void MapLoggedModels(this IEndpointRouteBuilder endpoints)
        => endpoints.MapGet("/api/v1/logged-models/{loggedModel}", Get).Allow(MayRead).WithName("GetLoggedModel").WithSummary("A logged model with its params, tags and every value of its metrics").WithTags("Experiments");

    private static async Task<ApiResult<LoggedModelInfo>> Get(string loggedModel, LoggedModelService models, CancellationToken cancellationToken)
        => (await models.FindAsync(loggedModel, cancellationToken)).Map(m => m.ToInfo());
}
