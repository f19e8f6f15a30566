using Dowel.Kernel.Hosting;
using Dowel.Kernel.Projects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Identity;

/// <summary>Puts identity and projects into a host.</summary>
public static class IdentityHosting
{
    /// <summary>Adds users, tokens, sign-in and projects. A half-written section <c>Oidc</c> is refused here.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton<TokenUsage>();
        services.AddHostedService(p => p.GetRequiredService<TokenUsage>());
        services.TryAddSingleton<TokenCache>();
        services.TryAddSingleton<PasswordCache>();
        services.TryAddSingleton<IdentityCaches>();
        services.TryAddSingleton<PasswordHashing>();
        services.TryAddSingleton<SignInLimiter>();
        services.TryAddSingleton<PasswordCheck>();
        services.TryAddSingleton<Authenticator>();
        services.TryAddSingleton<Accounts>();
        services.TryAddSingleton<SignInLinks>();
        services.TryAddSingleton<Sessions>();
        services.TryAddSingleton<FirstAdmin>();
        services.TryAddSingleton<SingleUser>();
        services.TryAddSingleton<MeQuery>();
        services.TryAddSingleton<OidcSignIn>();
        services.TryAddSingleton<IUserService, UserService>();
        services.TryAddSingleton<TokenService>();
        services.TryAddSingleton<ITokenService>(p => p.GetRequiredService<TokenService>());
        services.TryAddSingleton<ISignIn, SignInService>();
        services.TryAddSingleton<IProjectService, ProjectService>();
        services.TryAddSingleton<SessionCookies>();
        services.TryAddSingleton<ISessionTokens>(p => p.GetRequiredService<SessionCookies>());

        services.AddDataProtection().SetApplicationName("Dowel");
        services.AddOptions<KeyManagementOptions>().Configure<IOptions<DowelOptions>, ILoggerFactory>((keys, dowel, logs) => keys.XmlRepository = new FileSystemXmlRepository(KeyFolder(dowel.Value), logs));
        // It warns that keys are not encrypted at rest: they lie in a folder that only the server's own user may open.
        services.Configure<LoggerFilterOptions>(o => o.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = "dowel_form";
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddOidc(configuration);
        return services;
    }

    /// <summary>Says who asks, for every request. Put it after routing and before access.</summary>
    public static IApplicationBuilder UseDowelIdentity(this IApplicationBuilder app)
    {
        // WebApplication would put UseAuthentication before everything once OpenID Connect is added; its callback is a route of its own here.
        app.Properties["__AuthenticationMiddlewareSet"] = true;
        return app.ApplicationServices.GetRequiredService<IOptions<DowelOptions>>().Value.SingleUser
            ? app.UseMiddleware<SingleUserMiddleware>()
            : app.UseMiddleware<IdentityMiddleware>();
    }

    /// <summary>Makes who must be there: the owner of a single-user server, or the first administrator. Call it after the migrations and before listening.</summary>
    public static async Task PrepareIdentityAsync(this IServiceProvider services, CancellationToken cancellationToken = default)
    {
        var options = services.GetRequiredService<IOptions<DowelOptions>>().Value;
        KeyFolder(options);
        if (options.SingleUser) await services.GetRequiredService<SingleUser>().PrepareAsync(cancellationToken);
        else await services.GetRequiredService<FirstAdmin>().PrepareAsync(cancellationToken);
    }

    /// <summary>While the first administrator has not signed in: writes a fresh one-time link to <c>first-sign-in.url</c> and prints it. Call it once the server listens.</summary>
    /// <param name="services">The server's services.</param>
    /// <param name="address">An address at which people on this machine reach the server.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static Task AnnounceFirstAdminAsync(this IServiceProvider services, Uri address, CancellationToken cancellationToken = default)
    {
        if (!services.GetRequiredService<IOptions<DowelOptions>>().Value.SingleUser) return services.GetRequiredService<FirstAdmin>().AnnounceAsync(address, cancellationToken);
        SingleUser.CheckBound(services.GetRequiredService<IServer>());
        return Task.CompletedTask;
    }

    private static DirectoryInfo KeyFolder(DowelOptions options)
    {
        var folder = options.Folder("keys");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new DirectoryInfo(folder);
    }
}
