namespace Dowel.Web.Pages.Projects;

/// <summary>One project and its members.</summary>
public partial class ProjectPage
{
    private Project? project;
    private IReadOnlyList<Member> members = [];
    private IReadOnlyList<string> users = [];
    private string user = "";
    private ProjectRole newRole = ProjectRole.Viewer;
    private bool mayManage;

    /// <summary>Its name.</summary>
    [Parameter] public string Name { get; set; } = "";

    /// <inheritdoc/>
    protected override string LoadKey => Name;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var found = await Api.Projects.GetAsync(Name, cancellationToken);
        members = (await Api.Projects.MembersAsync(Name, new ListQuery { Limit = 500 }, cancellationToken)).Items;
        mayManage = found.Role == ProjectRole.Owner || Me.MayAdminister();
        project = found;
        if (mayManage && await FailureOfAsync(async ct => users = [.. (await Api.Identity.ListUsersAsync(new ListQuery { Limit = 200 }, ct)).Items.Where(u => !u.Disabled).Select(u => u.Name)]) is not null) users = [];
    }

    private async Task SetAsync(string name, ProjectRole role)
    {
        await DoAsync(ct => Api.Projects.SetMemberAsync(Name, name, role, ct), $"{name} is {role.ToString().ToLowerInvariant()} now.");
        await ReloadAsync();
    }

    private async Task AddAsync()
    {
        if (user.Trim() is not { Length: > 0 } name) return;
        user = "";
        await SetAsync(name, newRole);
    }

    private async Task RemoveAsync(string name)
    {
        if (!await ConfirmAsync($"Take {name} out of {Name}?", "They no longer see what is private to it.", "Take out")) return;
        await DoAsync(ct => Api.Projects.RemoveMemberAsync(Name, name, ct), $"{name} is no member any more.");
        await ReloadAsync();
    }

    private async Task DeleteAsync()
    {
        if (!await ConfirmAsync($"Delete project “{Name}”?", "It must be empty.", "Delete")) return;
        if (await DoAsync(ct => Api.Projects.DeleteAsync(Name, cancellationToken: ct), "The project is deleted.")) Nav.NavigateTo("projects", forceLoad: true);
    }
}
