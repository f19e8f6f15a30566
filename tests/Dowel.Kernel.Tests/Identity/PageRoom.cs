using Dowel.Kernel.Access;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Rooms;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Kernel.Tests.Identity;

/// <summary>Stands for the pages: a sign-in page with an antiforgery field, a page that shows its session, and something like the pages' websocket.</summary>
public sealed class PageRoom : IRoom
{
    public string Name => "Pages";
    public IReadOnlyList<string> Routes => ["/sign-in"];

    public void AddServices(IServiceCollection services, IConfiguration configuration) { }

    public void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/sign-in", (HttpContext context, IAntiforgery antiforgery) => antiforgery.GetAndStoreTokens(context).RequestToken).Allow(AccessRule.Anonymous("test"));
        endpoints.MapGet("/session", (HttpContext context, ISessionTokens sessions) => $"{context.User.Identity?.Name}|{sessions.GetToken(context)}").Allow(AccessRule.Anonymous("test"));
        endpoints.MapGet("/_blazor", () => "circuit").Allow(AccessRule.Page);
    }
}

/// <summary>A browser, as far as signing in needs one: it keeps cookies and follows no redirects.</summary>
public sealed class Browser : IDisposable
{
    private readonly HttpClientHandler _handler = new() { AllowAutoRedirect = false, UseCookies = true };

    public Browser(Uri address) => Http = new HttpClient(_handler) { BaseAddress = address };

    public HttpClient Http { get; }

    public System.Net.CookieCollection Cookies => _handler.CookieContainer.GetCookies(Http.BaseAddress!);

    public async Task<HttpResponseMessage> PostFormAsync(string path, Dictionary<string, string> fields, bool withAntiforgery = true)
    {
        if (withAntiforgery) fields["__RequestVerificationToken"] = await Http.GetStringAsync("/sign-in");
        return await Http.PostAsync(path, new FormUrlEncodedContent(fields));
    }

    public Task<HttpResponseMessage> SignInAsync(string user, string password, string returnUrl = "/")
        => PostFormAsync("/sign-in", new() { ["user"] = user, ["password"] = password, ["returnUrl"] = returnUrl });

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (method != HttpMethod.Get) request.Content = new StringContent("{\"name\":\"by-cookie\"}", System.Text.Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await Http.SendAsync(request);
    }

    public void Dispose()
    {
        Http.Dispose();
        _handler.Dispose();
    }
}
