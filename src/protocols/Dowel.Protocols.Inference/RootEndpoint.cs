using Dowel.Serving;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference;

/// <summary>The endpoint that a server is for, where it is for one alone: protocols answer for it at addresses that name none.</summary>
internal static class RootEndpoint
{
    /// <summary>Its name; null where there is none.</summary>
    public static string? Of(IEndpointRouteBuilder endpoints)
        => endpoints.ServiceProvider.GetService<IOptions<ServingOptions>>()?.Value.RootEndpoint is { Length: > 0 } name ? name : null;

    /// <summary>A route that stands for the route value <c>endpoint</c>.</summary>
    public static RoutePattern At(string path, string endpoint)
        => RoutePatternFactory.Parse(path, new RouteValueDictionary { ["endpoint"] = endpoint }, parameterPolicies: null);
}
