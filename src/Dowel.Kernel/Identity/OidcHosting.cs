using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Dowel.Kernel.Identity;

/// <summary>OpenID Connect: authorization code with PKCE, by ASP.NET Core's handler; the session it ends in is Dowel's own.</summary>
internal static partial class OidcHosting
{
    private const string Scheme = "oidc";
    private const string CallbackPath = "/sign-in/oidc/callback";

    public static void AddOidc(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection(OidcOptions.Section);
        services.AddOptions<OidcOptions>().Bind(section, o => o.ErrorOnUnknownConfiguration = true);
        if (!section.GetChildren().Any(c => !string.IsNullOrEmpty(c.Value))) return;
        var settings = new OidcOptions();
        section.Bind(settings, o => o.ErrorOnUnknownConfiguration = true);
        if (settings.Mistakes().ToList() is { Count: > 0 } mistakes) throw new OptionsValidationException(OidcOptions.Section, typeof(OidcOptions), mistakes);

        services.AddAuthentication().AddOpenIdConnect(Scheme, o =>
        {
            o.Authority = settings.Authority;
            o.ClientId = settings.ClientId;
            o.ClientSecret = settings.ClientSecret;
            o.RequireHttpsMetadata = settings.IsHttps;
            o.CallbackPath = CallbackPath;
            // Never used: the ticket ends in a session of Dowel's own.
            o.SignInScheme = "none";
            o.ResponseType = OpenIdConnectResponseType.Code;
            // The answer comes as a navigation, with which Lax cookies are sent, over plain HTTP on a laptop too.
            o.ResponseMode = OpenIdConnectResponseMode.Query;
            o.NonceCookie.SameSite = o.CorrelationCookie.SameSite = SameSiteMode.Lax;
            o.NonceCookie.SecurePolicy = o.CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            o.UsePkce = true;
            o.MapInboundClaims = false;
            o.GetClaimsFromUserInfoEndpoint = true;
            o.Scope.Clear();
            foreach (var scope in settings.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries)) o.Scope.Add(scope);
            o.ClaimActions.Remove("iss");
            o.ClaimActions.MapUniqueJsonKey("preferred_username", "preferred_username");
            o.ClaimActions.MapUniqueJsonKey(settings.GroupsClaim, settings.GroupsClaim);
            o.Events.OnTicketReceived = ReceivedAsync;
            o.Events.OnRemoteFailure = FailedAsync;
        });
    }

    public static void MapOidc(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/sign-in/oidc", Start).Allow(AccessRule.Anonymous("signing in")).ExcludeFromDescription();
        endpoints.MapGet(CallbackPath, Return).Allow(AccessRule.Anonymous("the way back from the OpenID Connect provider, checked by state and nonce")).ExcludeFromDescription();
    }

    private static async Task Start(HttpContext context, IOptions<OidcOptions> options, ILogger<OidcSignIn> logger, string? returnUrl)
    {
        if (!options.Value.IsOn)
        {
            await Problems.WriteAsync(context, Failure.NotFound("OpenID Connect sign-in", "Oidc") with { Detail = "Sign-in by OpenID Connect is not set up on this server (section Oidc of its configuration)." });
            return;
        }
        try
        {
            await context.ChallengeAsync(Scheme, new AuthenticationProperties { RedirectUri = LocalUrls.OrHome(returnUrl) });
        }
        catch (InvalidOperationException e)
        {
            LogFailed(logger, e);
            context.Response.Redirect(LocalUrls.SignIn("oidc", returnUrl));
        }
    }

    private static async Task Return(HttpContext context)
    {
        var handlers = context.RequestServices.GetService<IAuthenticationHandlerProvider>();
        var handler = handlers is null ? null : await handlers.GetHandlerAsync(context, Scheme) as IAuthenticationRequestHandler;
        if (handler is null || !await handler.HandleRequestAsync()) await Problems.WriteAsync(context, Failure.NotFound("page", context.Request.Path));
    }

    private static async Task ReceivedAsync(TicketReceivedContext received)
    {
        var context = received.HttpContext;
        received.HandleResponse();
        var signIn = context.RequestServices.GetRequiredService<OidcSignIn>();
        var opened = await signIn.SignInAsync(received.Principal!, context.Remote(), context.RequestAborted);
        if (!opened.TryGet(out var session, out _))
        {
            context.Response.Redirect(LocalUrls.SignIn("oidc_refused", received.ReturnUri));
            return;
        }
        context.RequestServices.GetRequiredService<SessionCookies>().Write(context, session);
        context.Response.Redirect(LocalUrls.OrHome(received.ReturnUri));
    }

    private static Task FailedAsync(RemoteFailureContext failed)
    {
        failed.HandleResponse();
        LogFailed(failed.HttpContext.RequestServices.GetRequiredService<ILogger<OidcSignIn>>(), failed.Failure);
        failed.Response.Redirect(LocalUrls.SignIn("oidc", failed.Properties?.RedirectUri));
        return Task.CompletedTask;
    }

    [LoggerMessage(1202, LogLevel.Warning, "Sign-in by OpenID Connect failed")]
    private static partial void LogFailed(ILogger logger, Exception? e);
}
