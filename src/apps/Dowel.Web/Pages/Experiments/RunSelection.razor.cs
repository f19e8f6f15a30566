namespace Dowel.Web.Pages.Experiments;

/// <summary>What can be done with the selected runs.</summary>
public partial class RunSelection
{
    private const int MostAtOnce = 1000;
    private bool busy;

    /// <summary>The experiment.</summary>
    [Parameter, EditorRequired] public Experiment Experiment { get; set; } = new();

    /// <summary>Ids of the selected runs.</summary>
    [Parameter, EditorRequired] public HashSet<string> Picked { get; set; } = [];

    /// <summary>Whether they are in the bin.</summary>
    [Parameter] public bool InBin { get; set; }

    /// <summary>What to know of the selection.</summary>
    [Parameter] public string? Note { get; set; }

    /// <summary>They have changed, or others are selected.</summary>
    [Parameter] public EventCallback<bool> OnChange { get; set; }

    private string Href(string tab) => $"experiments/{Uri.EscapeDataString(Experiment.Id)}?tab={tab}&runs={string.Join(',', Picked.Take(RunSets.Most))}";

    private async Task TagAsync()
    {
        var parameters = new DialogParameters<TagRunsDialog> { { d => d.Save, (tags, ct) => ApplyAsync(RunChange.Tag, tags, ct) } };
        var dialog = await Dialogs.ShowAsync<TagRunsDialog>($"Tag {Formats.Count(Picked.Count)} runs", parameters, new DialogOptions { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true, CloseOnEscapeKey = true });
        if (await dialog.Result is { Canceled: false }) await OnChange.InvokeAsync(true);
    }

    private async Task DeleteAsync()
    {
        if (!await ConfirmAsync($"Delete {Formats.Count(Picked.Count)} runs for good?", "Their metrics and artifacts go with them. Model versions made from them stay.", "Delete")) return;
        await ChangeAsync(RunChange.Delete, "deleted");
    }

    private async Task ChangeAsync(RunChange change, string done)
    {
        busy = true;
        var count = Picked.Count;
        await DoAsync(ct => ApplyAsync(change, null, ct), $"{Formats.Count(count)} {(count == 1 ? "run is" : "runs are")} {done}.");
        busy = false;
        await OnChange.InvokeAsync(true);
    }

    // As many as a call takes, all of them or none; what an earlier call did stays done.
    private async Task ApplyAsync(RunChange change, IReadOnlyDictionary<string, string>? tags, CancellationToken cancellationToken)
    {
        foreach (var part in Picked.ToList().Chunk(MostAtOnce))
        {
            await Api.Runs.ChangeAsync(Experiment.Id, new ChangeRuns { Change = change, Runs = part, Tags = tags }, cancellationToken);
            if (change != RunChange.Tag) Picked.ExceptWith(part);
        }
    }

    private Task ClearAsync()
    {
        Picked.Clear();
        return OnChange.InvokeAsync(false);
    }
}
