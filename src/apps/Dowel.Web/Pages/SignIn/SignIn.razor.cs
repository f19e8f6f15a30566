using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dowel.Web.Pages.SignIn;

/// <summary>Signs in by user name and password. It is a plain form: it works before anything interactive does.</summary>
public partial class SignIn
{
    private string action = "sign-in";

    [CascadingParameter] private HttpContext? Context { get; set; }

    [Inject] private IOptions<WebOptions> Options { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "error")] private string? error { get; set; }

    [SupplyParameterFromQuery(Name = "returnUrl")] private string? returnUrl { get; set; }

    [SupplyParameterFromQuery(Name = "user")] private string? user { get; set; }

    [SupplyParameterFromQuery(Name = "signedOut")] private string? signedOut { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized() => action = $"{Context?.Request.PathBase}/sign-in";
}
