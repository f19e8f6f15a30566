using Dowel.Adapters.Docker;
using Dowel.Adapters.MlNet;
using Dowel.Adapters.Onnx;
using Dowel.Adapters.Trees;
using Dowel.Catalog;
using Dowel.Experiments;
using Dowel.Features;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Rooms;
using Dowel.Observability;
using Dowel.Protocols.Inference;
using Dowel.Protocols.Mlflow;
using Dowel.Registry;
using Dowel.Serving;
using Dowel.Web;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Dowel.Server;

/// <summary>The host of everything: the kernel, the rooms, the protocols and the pages.</summary>
public static class DowelServer
{
    /// <summary>Bytes of a request's first line: its method and address.</summary>
    public const int MaxRequestLine = 64 << 10;

    /// <summary>Builds the server, not started.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ApplicationName = typeof(DowelServer).Assembly.GetName().Name, ContentRootPath = AppContext.BaseDirectory });
        var urls = builder.Configuration["Dowel:Urls"] is { Length: > 0 } given ? given : new DowelOptions().Urls;
        var grpc = GrpcUrls.Of(urls, builder.Configuration);
        builder.WebHost.UseUrls([urls, .. grpc]);
        builder.WebHost.ConfigureKestrel(ConfigureKestrel);
        builder.WebHost.ConfigureKestrel(kestrel => GrpcUrls.SpeakHttp2(kestrel, grpc));
        // The build keeps the files of the pages where they are written; only a published server has them in wwwroot.
        builder.WebHost.UseStaticWebAssets();
        // Files that appear while the server runs are none of its own.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.AddDowelLogging();
        builder.AddDowel([new CatalogRoom(), new FeaturesRoom(), new ExperimentsRoom(), new RegistryRoom(), new ServingRoom(), new ObservabilityRoom()]);
        if (grpc.Count > 0) builder.Services.AddInferenceGrpc();
        builder.Services.AddMlNetRuntime().AddOnnxRuntime().AddTreeRuntimes();
        builder.Services.AddInferenceClients();
        builder.Services.AddDockerRuntime();
        builder.AddDowelTelemetry();
        builder.Services.AddHealthChecks().AddCheck<DatabaseAnswers>("database", tags: ["ready"]).AddCheck<DiskHasRoom>("disk", tags: ["ready"]);
        builder.Services.AddDowelOpenApi();
        builder.Services.AddDowelWeb();
        builder.Services.AddOptions<WebOptions>().Configure<IServer, IServiceProvider>((web, server, services) =>
        {
            web.ApiBase = () => LoopbackAddress(server);
            web.Mark = new(PagesMark.Header, services.GetRequiredService<PagesMark>().Value);
            web.SingleUser = services.GetRequiredService<IOptions<DowelOptions>>().Value.SingleUser;
            web.OidcName = builder.Configuration["Oidc:Authority"] is { Length: > 0 } authority ? builder.Configuration["Oidc:DisplayName"] ?? new Uri(authority).Host : null;
            web.HasRoom = room => services.GetRequiredService<RoomSet>().Enabled.Any(r => r.Name == room);
            web.LinkIsGood = (context, code) => context.RequestServices.GetRequiredService<ISignIn>().IsLinkGoodAsync(code, context.RequestAborted);
            web.SessionToken = context => context.RequestServices.GetRequiredService<ISessionTokens>().GetToken(context);
        });

        var app = builder.Build();
        app.UseSecurityHeaders();
        app.UseDowelWebNotFound();
        app.UseDowel();
        app.UseAntiforgery();
        var rooms = app.Services.GetRequiredService<RoomSet>().Enabled.ToList();
        if (rooms.Any(r => r is ServingRoom)) app.MapInferenceProtocols();
        if (grpc.Count > 0) app.MapInferenceGrpc();
        app.MapMlflow(rooms.Any(r => r is ExperimentsRoom), rooms.Any(r => r is RegistryRoom));
        app.MapOperations();
        app.MapStaticAssets().Allow(AccessRule.Anonymous("scripts and styles of the pages"));
        app.MapDowelWeb().Add(route => route.Metadata.Add(RuleOf(route)));
        return app;
    }

    /// <summary>Says where the server listens, and on the first start how to sign in.</summary>
    public static async Task AnnounceAsync(WebApplication app)
    {
        var address = LoopbackAddress(app.Services.GetRequiredService<IServer>());
        Console.WriteLine($"Dowel listens on {string.Join(", ", app.Urls)} and keeps its data in {app.Services.GetRequiredService<IOptions<DowelOptions>>().Value.DataDir}");
        await app.Services.AnnounceFirstAdminAsync(address);
    }

    private static AccessRule RuleOf(EndpointBuilder route) => route.Metadata.OfType<PageAccess>().LastOrDefault() switch
    {
        PageAccess.SignedIn => AccessRule.Page,
        // A page says so when it is left, after signing out too. It names its circuit by a secret that only the server can have made.
        PageAccess.Circuit when IsUnder(route, "_blazor/disconnect") => AccessRule.Anonymous("the end of a page's circuit, by its secret"),
        PageAccess.Circuit when IsUnder(route, "_blazor") => AccessRule.SignedIn,
        _ => AccessRule.Anonymous("the sign-in pages and what they are made of"),
    };

    private static bool IsUnder(EndpointBuilder route, string path)
        => route is RouteEndpointBuilder { RoutePattern.RawText: { } pattern } && pattern.TrimStart('/').StartsWith(path, StringComparison.Ordinal);

    private static void ConfigureKestrel(WebHostBuilderContext context, KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        // MLflow's clients send the filter of a search of models in the address. Past this the answer is 414; a header is no longer than before.
        kestrel.Limits.MaxRequestLineSize = MaxRequestLine;
        // For what is read into memory; routes that take files raise it themselves.
        kestrel.Limits.MaxRequestBodySize = context.Configuration.GetValue($"{DowelOptions.Section}:{nameof(DowelOptions.MaxBodyBytes)}", new DowelOptions().MaxBodyBytes);
    }

    /// <summary>An address at which this machine reaches the server: what the pages call the API at.</summary>
    private static Uri LoopbackAddress(IServer server)
    {
        var address = server.Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new Uri(address.Replace("//0.0.0.0", "//127.0.0.1").Replace("//[::]", "//127.0.0.1").Replace("//*", "//127.0.0.1").Replace("//+", "//127.0.0.1"));
    }
}
