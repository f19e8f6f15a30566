using Microsoft.AspNetCore.Http;

namespace Dowel.Web.Pages.SignIn;

/// <summary>Redeems a one-time link: choose a password, and in.</summary>
public partial class SignInLink
{
    private string action = "sign-in/link";

    [CascadingParameter] private HttpContext? Context { get; set; }

    [SupplyParameterFromQuery(Name = "code")] private string? linkCode { get; set; }

    [SupplyParameterFromQuery(Name = "error")] private string? error { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized() => action = $"{Context?.Request.PathBase}/sign-in/link";
}
