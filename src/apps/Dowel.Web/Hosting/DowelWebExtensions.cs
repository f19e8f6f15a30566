using Dowel.Web.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MudBlazor.Services;

namespace Dowel.Web;

/// <summary>Adds the pages to a server.</summary>
public static class DowelWebExtensions
{
    /// <summary>Adds what the pages need.</summary>
    /// <param name="services">The server's services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddDowelWeb(this IServiceCollection services, Action<WebOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<WebOptions>()
            .Validate(o => o.ApiBase is not null, "WebOptions.ApiBase is missing: say where the pages reach the API.");
        if (configure is not null) options.Configure(configure);
        services.AddHttpContextAccessor();
        services.AddAntiforgery();
        services.AddRazorComponents().AddInteractiveServerComponents(circuit => circuit.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(3));
        services.Configure<HubOptions>(hub => hub.AddFilter<CircuitRequest>());
        services.AddMudServices(mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            mud.SnackbarConfiguration.VisibleStateDuration = 5000;
            mud.SnackbarConfiguration.ShowTransitionDuration = 120;
            mud.SnackbarConfiguration.HideTransitionDuration = 120;
            mud.SnackbarConfiguration.PreventDuplicates = true;
        });
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IApiConnection, ApiConnection>();
        services.TryAddScoped<PageSession>();
        services.TryAddScoped<PageClient>();
        services.TryAddEnumerable(ServiceDescriptor.Scoped<CircuitHandler, SessionCircuitHandler>());
        return services;
    }

    /// <summary>Shows the pages' not-found page to browsers where a route or its answer is missing. Put it before the routes; other clients are not concerned.</summary>
    /// <param name="app">The server's pipeline.</param>
    /// <returns>The same pipeline.</returns>
    public static IApplicationBuilder UseDowelWebNotFound(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.UseWhen(
            context => HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase),
            browser => browser.UseStatusCodePagesWithReExecute("/not-found"));
    }

    /// <summary>
    /// Maps the pages; their files are the server's static assets. They answer GET alone: the forms they show post to the server's own routes.
    /// Each route has a <see cref="PageAccess"/> among its metadata.
    /// </summary>
    /// <param name="endpoints">The server's routes.</param>
    /// <returns>The pages' routes, to put access rules on.</returns>
    public static IEndpointConventionBuilder MapDowelWeb(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        // Who may frame the pages stands in the server's own content policy.
        var pages = endpoints.MapRazorComponents<App>().AddInteractiveServerRenderMode(o => o.ContentSecurityFrameAncestorsPolicy = null);
        // A test host has no manifest of static files; the pages work without, only bare.
        if (StaticAssetManifest.Exists(endpoints)) pages.WithStaticAssets();
        pages.Add(route =>
        {
            var page = route.Metadata.OfType<ComponentTypeMetadata>().FirstOrDefault()?.Type;
            route.Metadata.Add(page is null ? PageAccess.Circuit : page.IsDefined(typeof(ExcludeFromInteractiveRoutingAttribute), inherit: false) ? PageAccess.Anonymous : PageAccess.SignedIn);
            if (page is null) return;
            // Razor pages would take POST too, and then stand in the way of the server's POST /sign-in.
            for (var i = route.Metadata.Count - 1; i >= 0; i--)
            {
                if (route.Metadata[i] is HttpMethodMetadata) route.Metadata[i] = new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]);
            }
        });
        return pages;
    }
}
