namespace Dowel.Web.Components;

/// <summary>Asks for what every new thing needs: name, project, description.</summary>
public partial class NewThingDialog
{
    private string name = "";
    private string? project;
    private string description = "";
    private bool busy;
    private Problem? failure;

    /// <summary>What it is for.</summary>
    [Parameter] public string? Lead { get; set; }

    /// <summary>Makes it and gives the address of its page.</summary>
    [Parameter, EditorRequired] public Func<ResourceSpec, CancellationToken, Task<string>> Create { get; set; } = (_, _) => Task.FromResult("");

    /// <summary>Who makes it: dialogs stand outside the page and its cascade.</summary>
    [Parameter, EditorRequired] public Me Person { get; set; } = new();

    [CascadingParameter] private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>Shows it.</summary>
    internal static async Task ShowAsync(IDialogService dialogs, string title, Me me, string? lead, Func<ResourceSpec, CancellationToken, Task<string>> create)
    {
        var parameters = new DialogParameters<NewThingDialog> { { d => d.Create, create }, { d => d.Lead, lead }, { d => d.Person, me } };
        await dialogs.ShowAsync<NewThingDialog>(title, parameters, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true });
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Me = Person;
        project = Me.WritableProjects().Count > 0 ? Me.WritableProjects()[0] : null;
    }

    private async Task SaveAsync()
    {
        busy = true;
        var target = "";
        failure = await FailureOfAsync(async ct => target = await Create(new ResourceSpec { Name = name.Trim(), Project = project, Description = description.Trim() }, ct));
        busy = false;
        if (failure is not null) return;
        Dialog.Close();
        Nav.NavigateTo(target);
    }
}
