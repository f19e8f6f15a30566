using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Identity;

/// <summary>
/// The forms of the sign-in pages. They carry an antiforgery token, answer with redirects, and go back to the page with <c>error=</c>:
/// <c>credentials</c>, <c>limited</c>, <c>antiforgery</c> (stale or foreign form), <c>link</c> (used or expired), <c>password</c> (too short or long), <c>oidc</c>, <c>oidc_refused</c>.
/// </summary>
internal static class SignInForms
{
    public static void MapSignInForms(this IEndpointRouteBuilder endpoints)
    {
        var forms = endpoints.MapGroup("").ExcludeFromDescription().WithMetadata(AntiforgeryForm.Instance, new RequestSizeLimitAttribute(IdentityEndpoints.MaxBody));
        forms.MapPost("/sign-in", SignIn).Allow(AccessRule.Anonymous("signing in"));
        forms.MapPost("/sign-in/link", Redeem).Allow(AccessRule.Anonymous("signing in"));
        forms.MapPost("/sign-out", SignOut).Allow(AccessRule.Anonymous("ends the session of the cookie that it comes with"));
    }

    private static async Task<IResult> SignIn(HttpContext context, IAntiforgery antiforgery, ISignIn signIn, SessionCookies cookies)
    {
        if (await ReadAsync(context, antiforgery) is not { } form) return Redirect(LocalUrls.SignIn("antiforgery", context.Request.Query["returnUrl"]));
        var returnUrl = form["returnUrl"].ToString();
        var opened = await signIn.ByPasswordAsync(context, new SignIn(form["user"].ToString().Trim(), form["password"].ToString()), context.RequestAborted);
        if (!opened.TryGet(out var session, out var failure))
            return Redirect(LocalUrls.SignIn(failure.Code == ErrorCodes.RateLimited ? "limited" : "credentials", returnUrl));
        cookies.Write(context, session);
        return Redirect(LocalUrls.OrHome(returnUrl));
    }

    private static async Task<IResult> Redeem(HttpContext context, IAntiforgery antiforgery, ISignIn signIn, SessionCookies cookies)
    {
        if (await ReadAsync(context, antiforgery) is not { } form) return Redirect(LocalUrls.SignIn("antiforgery", null));
        var (code, password) = (form["code"].ToString(), form["newPassword"].ToString());
        var opened = await signIn.ByLinkAsync(context, new RedeemLink(code, password.Length > 0 ? password : null), context.RequestAborted);
        if (!opened.TryGet(out var session, out var failure))
        {
            // The link is still good where only the password would not do.
            if (failure.Code == ErrorCodes.Invalid && code.Length > 0) return Redirect($"/sign-in/link?code={Uri.EscapeDataString(code)}&error=password");
            return Redirect(LocalUrls.SignIn(failure.Code == ErrorCodes.RateLimited ? "limited" : "link", null));
        }
        cookies.Write(context, session);
        return Redirect("/");
    }

    private static async Task<IResult> SignOut(HttpContext context, IAntiforgery antiforgery, ISignIn signIn, SessionCookies cookies, IOptions<DowelOptions> options)
    {
        var actor = context.Actor();
        if (actor.IsSignedIn && !options.Value.SingleUser)
        {
            if (await ReadAsync(context, antiforgery) is null) return Redirect("/?error=antiforgery");
            await signIn.SignOutAsync(actor, context.RequestAborted);
        }
        cookies.Delete(context);
        return Redirect("/sign-in?signedOut=1");
    }

    /// <summary>The form, or null if it is none or its antiforgery token is missing or wrong.</summary>
    private static async Task<IFormCollection?> ReadAsync(HttpContext context, IAntiforgery antiforgery)
        => context.Request.HasFormContentType && await antiforgery.IsRequestValidAsync(context) ? await context.Request.ReadFormAsync(context.RequestAborted) : null;

    // 303: whatever comes next is a GET.
    private static IResult Redirect(string url) => new SeeOther(url);

    private sealed class SeeOther(string url) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = url;
            httpContext.Response.Headers.CacheControl = "no-store";
            return Task.CompletedTask;
        }
    }
}
