namespace Dowel.Web.Pages.Experiments;

/// <summary>What can be done with the selected runs.</summary>
public partial class RunSelection
{
    private bool busy;

    /// <summary>The experiment.</summary>
    [Parameter, EditorRequired] public Experiment Experiment { get; set; } = new();

    /// <summary>Ids of the selected runs.</summary>
    [Parameter, EditorRequired] public HashSet<string> Picked { get; set; } = [];

    /// <summary>Whether they are in the bin.</summary>
    [Parameter] public bool InBin { get; set; }

    /// <summary>They have changed, or others are selected.</summary>
    [Parameter] public EventCallback<bool> OnChange { get; set; }

    private string Href(string tab) => $"experiments/{Uri.EscapeDataString(Experiment.Id)}?tab={tab}&runs={string.Join(',', Picked.Take(RunSets.Most))}";

    private async Task TagAsync()
    {
        var parameters = new DialogParameters<TagRunsDialog> { { d => d.Save, (tags, ct) => EveryAsync((id, c) => Api.Runs.LogAsync(id, new LogToRun { Tags = tags }, c), ct) } };
        var dialog = await Dialogs.ShowAsync<TagRunsDialog>($"Tag {Formats.Count(Picked.Count)} runs", parameters, new DialogOptions { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true, CloseOnEscapeKey = true });
        if (await dialog.Result is { Canceled: false }) await OnChange.InvokeAsync(true);
    }

    private async Task DeleteAsync()
    {
        if (!await ConfirmAsync($"Delete {Formats.Count(Picked.Count)} runs for good?", "Their metrics and artifacts go with them. Model versions made from them stay.", "Delete")) return;
        await EachAsync(Api.Runs.DeleteAsync, "deleted");
    }

    private async Task EachAsync(Func<string, CancellationToken, Task> work, string done)
    {
        busy = true;
        var count = Picked.Count;
        await DoAsync(ct => EveryAsync(async (id, c) =>
        {
            await work(id, c);
            Picked.Remove(id);
        }, ct), $"{Formats.Count(count)} {(count == 1 ? "run is" : "runs are")} {done}.");
        busy = false;
        await OnChange.InvokeAsync(true);
    }

    // Run after run; what was done before a failure stays done.
    private async Task EveryAsync(Func<string, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        foreach (var id in Picked.ToList()) await work(id, cancellationToken);
    }

    private Task ClearAsync()
    {
        Picked.Clear();
        return OnChange.InvokeAsync(false);
    }
}
