using Microsoft.JSInterop;

namespace Dowel.Web.Pages.Batch;

/// <summary>The batch runs of the person's projects, or those of one endpoint; live while one of them is under way.</summary>
public partial class BatchRuns
{
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(1);
    private List<BatchRun>? runs;
    private string? cursor;
    private bool following;

    /// <summary>The endpoint; null for all.</summary>
    [Parameter] public Endpoint? Endpoint { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Endpoint?.Id ?? "all";

    private IReadOnlyList<Snippet> snippets => [new("dowel", $"dowel batch create --endpoint {Endpoint?.Name ?? "my-endpoint"} --input my-dataset --to my-predictions --wait")];

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var page = await PageAsync(null, cancellationToken);
        (runs, cursor) = ([.. page.Items], page.NextCursor);
        Follow();
    }

    private Task<Page<BatchRun>> PageAsync(string? from, CancellationToken cancellationToken) => Api.Batch.ListAsync(new ListQuery { Cursor = from, Limit = 30 }, Endpoint?.Id, cancellationToken);

    private Task MoreAsync() => DoAsync(async ct =>
    {
        var page = await PageAsync(cursor, ct);
        runs!.AddRange(page.Items);
        cursor = page.NextCursor;
        Follow();
    });

    private async Task StartAsync()
    {
        if (await BatchDialog.ShowAsync(Dialogs, Me, Endpoint) is not { } started) return;
        runs = [started, .. runs ?? []];
        Follow();
    }

    private async Task ChangeAsync(Func<CancellationToken, Task<BatchRun>> change, string done)
    {
        await DoAsync(async ct => Put(await change(ct)), done);
        Follow();
    }

    private async Task DeleteAsync(BatchRun run)
    {
        if (!await ConfirmAsync($"Delete the run of “{run.Output}”?", run.State == BatchState.Succeeded ? "The datasets that it made stay." : "What it has done so far goes with it, so it cannot be resumed.", "Delete")) return;
        await DoAsync(async ct =>
        {
            await Api.Batch.DeleteAsync(run.Id, ct);
            runs!.RemoveAll(r => r.Id == run.Id);
        }, "Deleted.");
    }

    private void Follow()
    {
        if (following || runs?.Exists(IsOpen) != true) return;
        following = true;
        _ = InvokeAsync(FollowAsync);
    }

    private async Task FollowAsync()
    {
        try
        {
            while (runs!.Where(IsOpen).Select(r => r.Id).ToList() is { Count: > 0 } open)
            {
                await Task.Delay(interval, Time, Closed);
                foreach (var id in open) Put(await Api.Batch.GetAsync(id, Closed));
                StateHasChanged();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or DowelException or ObjectDisposedException or JSDisconnectedException)
        {
            // The page was left, or the server is gone; whatever the page does next says so.
        }
        following = false;
    }

    private void Put(BatchRun run)
    {
        var at = runs!.FindIndex(r => r.Id == run.Id);
        if (at >= 0) runs[at] = run;
    }

    private bool MayChange(BatchRun run) => Me.User.IsAdmin || Me.Projects.Any(p => p.Project == run.Project && p.Role >= ProjectRole.Contributor);

    private static bool IsOpen(BatchRun run) => run.State is BatchState.Queued or BatchState.Running;

    private static string Progress(BatchRun run)
        => $"{Formats.Count(run.Done)} of {Formats.Count(run.Rows)}"
            + (run.RowsPerSecond is { } rate ? $", {Formats.Count((long)rate)} a second" : "")
            + (run.SecondsLeft is { } left and < 31_536_000 ? $", {Formats.Length(TimeSpan.FromSeconds(left))} left" : "");
}
