namespace Dowel.Web.Pages.Account;

/// <summary>The person's own account.</summary>
public partial class AccountPage
{
    private string current = "";
    private string next = "";
    private bool busy;
    private Problem? failure;

    private async Task ChangeAsync()
    {
        busy = true;
        failure = await FailureOfAsync(ct => Api.Identity.ChangePasswordAsync(current.Length == 0 ? null : current, next, ct));
        busy = false;
        if (failure is not null) return;
        (current, next) = ("", "");
        Snackbar.Add("Your password is changed.", Severity.Success);
    }
}
