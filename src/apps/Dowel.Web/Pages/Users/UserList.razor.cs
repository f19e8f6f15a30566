namespace Dowel.Web.Pages.Users;

/// <summary>The users; administrators change them here.</summary>
public partial class UserList
{
    private List<User>? users;
    private string? cursor;
    private bool making;
    private bool busy;
    private string name = "";
    private string displayName = "";
    private string email = "";
    private bool isAdmin;
    private bool isAuditor;
    private string? link;
    private string linkFor = "";
    private Problem? failure;

    [SupplyParameterFromQuery(Name = "q")] private string? search { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => search ?? "";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var page = await Api.Identity.ListUsersAsync(new ListQuery { Search = search, Sort = "name" }, cancellationToken);
        if (key == LoadKey) (users, cursor) = ([.. page.Items], page.NextCursor);
    }

    private async Task MoreAsync() => await DoAsync(async ct =>
    {
        var page = await Api.Identity.ListUsersAsync(new ListQuery { Search = search, Sort = "name", Cursor = cursor }, ct);
        users!.AddRange(page.Items);
        cursor = page.NextCursor;
    });

    private async Task CreateAsync()
    {
        busy = true;
        failure = await FailureOfAsync(async ct =>
        {
            var made = await Api.Identity.CreateUserAsync(
                new CreateUser { Name = name.Trim(), DisplayName = Given(displayName), Email = Given(email), IsAdmin = isAdmin, IsAuditor = isAuditor }, ct);
            Show(made.User.Name, made.SignInLink);
        });
        busy = false;
        if (failure is not null) return;
        (making, name, displayName, email, isAdmin, isAuditor) = (false, "", "", "", false, false);
        await ReloadAsync();
    }

    private async Task LinkAsync(User user) => await DoAsync(async ct => Show(user.Name, (await Api.Identity.CreateSignInLinkAsync(user.Name, ct)).Link));

    private async Task PatchAsync(User user, PatchUser change)
    {
        if (await DoAsync(ct => Api.Identity.UpdateUserAsync(user.Name, change, ct), $"{user.Name} is changed.")) await ReloadAsync();
    }

    private void Show(string user, string? path)
    {
        linkFor = user;
        link = path is null ? null : new Uri(new Uri(Nav.BaseUri), path.TrimStart('/')).ToString();
    }

    private static string? Given(string text) => text.Trim() is { Length: > 0 } given ? given : null;
}
