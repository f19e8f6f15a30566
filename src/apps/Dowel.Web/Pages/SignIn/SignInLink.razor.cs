using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dowel.Web.Pages.SignIn;

/// <summary>Redeems a one-time link: choose a password, and in.</summary>
public partial class SignInLink
{
    private string action = "sign-in/link";
    private string title = "Choose a password";
    private bool good = true;

    [CascadingParameter] private HttpContext? Context { get; set; }

    [SupplyParameterFromQuery(Name = "code")] private string? linkCode { get; set; }

    [SupplyParameterFromQuery(Name = "error")] private string? error { get; set; }

    [Inject] private IOptions<WebOptions> Options { get; set; } = null!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        action = $"{Context?.Request.PathBase}/sign-in/link";
        // Before somebody thinks up a password for nothing.
        good = Context is null || string.IsNullOrWhiteSpace(linkCode) || await Options.Value.LinkIsGood(Context, linkCode);
        if (!good) title = "This link does not work any more";
    }
}
