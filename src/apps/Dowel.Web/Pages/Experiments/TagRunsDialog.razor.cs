namespace Dowel.Web.Pages.Experiments;

/// <summary>Asks for tags to set.</summary>
public partial class TagRunsDialog
{
    private string tags = "";
    private bool busy;
    private Problem? failure;

    /// <summary>Sets them.</summary>
    [Parameter, EditorRequired] public Func<IReadOnlyDictionary<string, string>, CancellationToken, Task> Save { get; set; } = (_, _) => Task.CompletedTask;

    [CascadingParameter] private IMudDialogInstance Dialog { get; set; } = null!;

    private async Task SaveAsync()
    {
        if (!TagText.TryRead(tags, out var parsed, out var wrong) || parsed.Count == 0)
        {
            failure = Problems.Of(ErrorCodes.Invalid, wrong.Length > 0 ? wrong : "Write at least one key=value.");
            return;
        }
        busy = true;
        failure = await FailureOfAsync(ct => Save(parsed, ct));
        busy = false;
        if (failure is null) Dialog.Close();
    }
}
