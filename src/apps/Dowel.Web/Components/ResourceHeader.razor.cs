namespace Dowel.Web.Components;

/// <summary>The top of a thing's page: name, state, who sees it, who owns it, tags; editing and deleting.</summary>
public partial class ResourceHeader
{
    /// <summary>The thing.</summary>
    [Parameter, EditorRequired] public ResourceInfo Info { get; set; } = new();

    /// <summary>The list it is in.</summary>
    [Parameter, EditorRequired] public string Crumb { get; set; } = "";

    /// <summary>Where that list is.</summary>
    [Parameter, EditorRequired] public string CrumbHref { get; set; } = "";

    /// <summary>Its state.</summary>
    [Parameter] public RenderFragment? State { get; set; }

    /// <summary>Tags that the page shows in another way; null for none.</summary>
    [Parameter] public Func<string, bool>? HidesTag { get; set; }

    /// <summary>Buttons.</summary>
    [Parameter] public RenderFragment? Actions { get; set; }

    /// <summary>Changes it.</summary>
    [Parameter] public Func<ResourcePatch, CancellationToken, Task>? Update { get; set; }

    /// <summary>Deletes it.</summary>
    [Parameter] public Func<CancellationToken, Task>? Delete { get; set; }

    /// <summary>What else goes when it is deleted.</summary>
    [Parameter] public string DeleteWarning { get; set; } = "This cannot be undone.";

    private async Task EditAsync()
    {
        if (Update is null) return;
        var parameters = new DialogParameters<EditResourceDialog> { { d => d.Info, Info }, { d => d.Save, Update } };
        await Dialogs.ShowAsync<EditResourceDialog>("Edit details", parameters, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true });
    }

    private async Task DeleteAsync()
    {
        if (Delete is null || !await ConfirmAsync($"Delete {KindIcons.Word(Info.Kind)} “{Info.Name}”?", DeleteWarning, "Delete")) return;
        if (await DoAsync(Delete, $"“{Info.Name}” is deleted.")) Nav.NavigateTo(CrumbHref);
    }
}
