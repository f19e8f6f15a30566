using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dowel.Web.Hosting;

/// <summary>The list of static files that the build writes beside the server.</summary>
internal static class StaticAssetManifest
{
    public static bool Exists(IEndpointRouteBuilder endpoints)
    {
        var name = endpoints.ServiceProvider.GetRequiredService<IHostEnvironment>().ApplicationName;
        return File.Exists(Path.Combine(AppContext.BaseDirectory, $"{name}.staticwebassets.endpoints.json"));
    }
}
