namespace Dowel.Web.Pages.Account;

/// <summary>The person's own tokens.</summary>
public partial class TokenList
{
    private IReadOnlyList<Token>? tokens;
    private bool making;
    private bool busy;
    private string name = "";
    private string project = "";
    private int days = 90;
    private CreatedToken? made;
    private Problem? failure;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) =>
        tokens = [.. (await Api.Identity.ListTokensAsync(new ListQuery { Limit = 500 }, cancellationToken)).Items.OrderBy(t => t.RevokedAt is not null).ThenBy(t => t.Kind == "session").ThenByDescending(t => t.CreatedAt)];

    private async Task CreateAsync()
    {
        busy = true;
        failure = await FailureOfAsync(async ct => made = await Api.Identity.CreateTokenAsync(new CreateToken { Name = name.Trim(), Project = project.Length > 0 ? project : null, ExpiresInDays = days }, ct));
        busy = false;
        if (failure is not null) return;
        (making, name) = (false, "");
        await ReloadAsync();
    }

    private async Task RevokeAsync(Token token)
    {
        if (!await ConfirmAsync($"Revoke “{token.Name}”?", token.Kind == "session" ? "Whoever is signed in with it is signed out." : "Programs that use it are refused from then on.", "Revoke")) return;
        if (await DoAsync(ct => Api.Identity.RevokeTokenAsync(token.Id, ct), "The token is revoked.")) await ReloadAsync();
    }
}
