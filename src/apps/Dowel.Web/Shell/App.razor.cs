using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dowel.Web.Shell;

/// <summary>The document. Pages are interactive without prerendering, so the API is asked once and as the circuit's person; the sign-in pages are static.</summary>
public partial class App
{
    private IComponentRenderMode? mode;
    private string basePath = "/";

    [CascadingParameter] private HttpContext Context { get; set; } = null!;

    [Inject] private PageSession Session { get; set; } = null!;

    [Inject] private IOptions<WebOptions> Options { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        basePath = Context.Request.PathBase + "/";
        mode = Context.AcceptsInteractiveRouting() ? new InteractiveServerRenderMode(prerender: false) : null;
        // Saves the detour over a circuit; whether the token is any good is for the API to say.
        if (mode is not null && Session.Token is null && !Options.Value.SingleUser)
        {
            var here = Context.Request.Path + Context.Request.QueryString;
            Context.Response.Redirect($"{basePath}sign-in?returnUrl={Uri.EscapeDataString(here)}");
        }
        else if (NavItem.RoomOf(Context.Request.Path.Value!) is { } room && !Options.Value.HasRoom(room))
        {
            // Only when the answer begins: with the status set now, the page would not be rendered, and another one in its place.
            Context.Response.OnStarting(() =>
            {
                Context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        }
        Context.Response.Headers.CacheControl = "no-store";
    }
}
