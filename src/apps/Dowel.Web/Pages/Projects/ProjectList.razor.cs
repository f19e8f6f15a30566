namespace Dowel.Web.Pages.Projects;

/// <summary>The projects.</summary>
public partial class ProjectList
{
    private List<Project>? projects;
    private string? cursor;
    private bool making;
    private bool busy;
    private string name = "";
    private string description = "";
    private Problem? failure;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var page = await Api.Projects.ListAsync(new ListQuery { Sort = "name" }, cancellationToken);
        (projects, cursor) = ([.. page.Items], page.NextCursor);
    }

    private async Task MoreAsync() => await DoAsync(async ct =>
    {
        var page = await Api.Projects.ListAsync(new ListQuery { Sort = "name", Cursor = cursor }, ct);
        projects!.AddRange(page.Items);
        cursor = page.NextCursor;
    });

    private async Task CreateAsync()
    {
        busy = true;
        var made = "";
        failure = await FailureOfAsync(async ct => made = (await Api.Projects.CreateAsync(new CreateProject { Name = name.Trim(), Description = description.Trim() }, ct)).Name);
        busy = false;
        if (failure is not null) return;
        // The circuit keeps the person with their projects; the new one is to be among them.
        Nav.NavigateTo($"projects/{Uri.EscapeDataString(made)}", forceLoad: true);
    }
}
