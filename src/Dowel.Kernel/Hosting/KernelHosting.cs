using System.Text.Json.Serialization;
using System.Net;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Http;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Projects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Kernel.Rooms;
using Dowel.Kernel.Secrets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Hosting;

/// <summary>Puts the kernel and the rooms into a host, in the order that works.</summary>
public static class KernelHosting
{
    /// <summary>Adds the kernel and the rooms that are on.</summary>
    public static WebApplicationBuilder AddDowel(this WebApplicationBuilder builder, IEnumerable<IRoom> rooms)
    {
        var services = builder.Services;
        services.AddOptions<DowelOptions>().Bind(builder.Configuration.GetSection(DowelOptions.Section), o => o.ErrorOnUnknownConfiguration = true)
            .PostConfigure(o => o.DataDir = Path.GetFullPath(string.IsNullOrEmpty(o.DataDir) ? DefaultDataDir() : o.DataDir))
            .Validate(o => o.GrpcPort is >= 0 and <= 65535, "Dowel:GrpcPort must be from 0 (no gRPC) to 65535.")
            .ValidateOnStart();
        services.ConfigureHttpJsonOptions(o =>
        {
            DowelJson.Configure(o.SerializerOptions);
            // A misspelt field must not be lost in silence.
            o.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        });
        // Outside of Development a bad body would be a bare 400; thrown, the FaultMiddleware gives it a problem.
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ServerKey>();
        services.TryAddSingleton<ISecrets, SecretBox>();
        services.TryAddSingleton<PagesMark>();
        services.TryAddSingleton<DataFolderLock>();
        services.TryAddSingleton<Db>();
        services.TryAddSingleton<IDb>(p => p.GetRequiredService<Db>());
        services.TryAddSingleton<Migrator>();
        services.TryAddSingleton<AccessCache>();
        services.TryAddSingleton<IProjectAccess, ProjectAccess>();
        services.TryAddSingleton<IResourceService, ResourceService>();
        services.TryAddSingleton<ILineage, LineageService>();
        services.TryAddSingleton<IObjectStore, LocalObjectStore>();
        services.AddHostedService<ObjectSweep>();
        services.TryAddSingleton<AuditTrail>();
        services.TryAddSingleton<IAuditTrail>(p => p.GetRequiredService<AuditTrail>());
        services.AddHostedService(p => p.GetRequiredService<AuditTrail>());
        services.AddIdentity(builder.Configuration);
        new RoomSet(rooms, builder.Configuration).AddServices(services, builder.Configuration);
        return builder;
    }

    /// <summary>Takes the data folder, brings the database up to date, and makes what must be there. Call it before the host starts.</summary>
    public static async Task PrepareDowelAsync(this WebApplication app, CancellationToken cancellationToken = default)
    {
        app.Services.GetRequiredService<DataFolderLock>().Take();
        await app.Services.GetRequiredService<Migrator>().RunAsync(cancellationToken);
        await app.Services.PrepareIdentityAsync(cancellationToken);
    }

    /// <summary>Adds faults as problems, identity and access to the pipeline, and maps the kernel's and the rooms' endpoints.</summary>
    public static WebApplication UseDowel(this WebApplication app)
    {
        UseForwarded(app, app.Services.GetRequiredService<IOptions<DowelOptions>>().Value.TrustedProxies);
        app.UseMiddleware<FaultMiddleware>();
        app.UseRouting();
        app.UseDowelIdentity();
        app.UseMiddleware<AccessMiddleware>();
        app.MapIdentityEndpoints();
        app.MapProjectEndpoints();
        app.MapResourceEndpoints();
        app.MapAuditEndpoints();
        var rooms = app.Services.GetRequiredService<RoomSet>();
        app.MapGet("/api/v1/rooms", () => new ApiResult<IReadOnlyList<RoomInfo>>(Result.Ok(rooms.Describe())))
            .Allow(AccessRule.SignedIn).WithTags("Server").WithName("ListRooms").WithSummary("The rooms of this server");
        rooms.MapEndpoints(app);
        return app;
    }

    // The word of the pages and of the proxies that are named counts for where a request came from. That of other programs on this machine does not:
    // they could be anybody, at each attempt to sign in.
    private static void UseForwarded(WebApplication app, IList<string> proxies)
    {
        ForwardedHeadersOptions From(IEnumerable<IPAddress> senders)
        {
            var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
            foreach (var sender in senders) forwarded.KnownProxies.Add(sender);
            return forwarded;
        }

        // An empty list is everybody.
        app.UseWhen(app.Services.GetRequiredService<PagesMark>().IsOn, pages => pages.UseForwardedHeaders(From([])));
        if (proxies.Count == 0) return;
        app.UseForwardedHeaders(From(proxies.Select(p => IPAddress.TryParse(p, out var address) ? address : throw new InvalidOperationException($"The setting 'Dowel:TrustedProxies' has '{p}', which is no IP address."))));
    }

    /// <summary><c>dowel</c> under the user's data home (XDG on Unix).</summary>
    public static string DefaultDataDir()
    {
        var home = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
        if (string.IsNullOrEmpty(home)) home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(home, "dowel");
    }
}
