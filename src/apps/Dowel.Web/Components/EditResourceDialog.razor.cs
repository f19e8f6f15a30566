namespace Dowel.Web.Components;

/// <summary>Changes what every thing has: description, owner, tags.</summary>
public partial class EditResourceDialog
{
    private string description = "";
    private string owner = "";
    private string tags = "";
    private bool busy;
    private Problem? failure;

    /// <summary>The thing.</summary>
    [Parameter, EditorRequired] public ResourceInfo Info { get; set; } = new();

    /// <summary>Saves the change.</summary>
    [Parameter, EditorRequired] public Func<ResourcePatch, CancellationToken, Task> Save { get; set; } = (_, _) => Task.CompletedTask;

    [CascadingParameter] private IMudDialogInstance Dialog { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnInitialized() => (description, owner, tags) = (Info.Description, Info.Owner, TagText.Write(Info.Tags));

    private async Task SaveAsync()
    {
        if (!TagText.TryRead(tags, out var parsed, out var wrong))
        {
            failure = Problems.Of(ErrorCodes.Invalid, wrong);
            return;
        }
        busy = true;
        var patch = new ResourcePatch { Description = description.Trim(), Owner = owner.Trim() == Info.Owner ? null : owner.Trim(), Tags = parsed };
        failure = await FailureOfAsync(ct => Save(patch, ct));
        busy = false;
        if (failure is null) Dialog.Close();
    }
}
