using Microsoft.JSInterop;

namespace Dowel.Web.Session;

/// <summary>What every page and every component that calls the API shares: loading, failures, ending.</summary>
public abstract class PageBase : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource closed = new();
    private string? loadedKey;

    /// <summary>The API.</summary>
    [Inject] protected PageClient Client { get; set; } = null!;

    /// <summary>Addresses.</summary>
    [Inject] protected NavigationManager Nav { get; set; } = null!;

    /// <summary>Short messages.</summary>
    [Inject] protected ISnackbar Snackbar { get; set; } = null!;

    /// <summary>Dialogs.</summary>
    [Inject] protected IDialogService Dialogs { get; set; } = null!;

    /// <summary>The browser.</summary>
    [Inject] protected IJSRuntime Js { get; set; } = null!;

    /// <summary>The clock.</summary>
    [Inject] protected TimeProvider Time { get; set; } = null!;

    /// <summary>The person.</summary>
    [CascadingParameter] protected Me Me { get; set; } = new();

    /// <summary>What went wrong when it was loaded.</summary>
    protected Problem? Problem { get; set; }

    /// <summary>Whether it is being loaded.</summary>
    protected bool Loading { get; private set; } = true;

    /// <summary>Ends when the page is left.</summary>
    protected CancellationToken Closed => closed.Token;

    /// <summary>What the content depends on: when it changes, it is loaded again.</summary>
    protected virtual string LoadKey => "";

    /// <summary>The API itself.</summary>
    protected DowelClient Api => Client.Api;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        var key = LoadKey;
        if (key == loadedKey) return;
        loadedKey = key;
        await ReloadAsync();
    }

    /// <summary>Loads the content.</summary>
    protected virtual Task LoadAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Loads the content again.</summary>
    protected async Task ReloadAsync()
    {
        Loading = true;
        Problem = null;
        Problem = await FailureOfAsync(LoadAsync);
        Loading = false;
    }

    /// <summary>Does something that a button asked for; a failure is shown as a message.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="done">What to say when it is done.</param>
    /// <returns>Whether it was done.</returns>
    protected async Task<bool> DoAsync(Func<CancellationToken, Task> work, string? done = null)
    {
        var problem = await FailureOfAsync(work);
        if (closed.IsCancellationRequested) return false;
        if (problem is null)
        {
            if (done is not null) Snackbar.Add(done, Severity.Success);
            return true;
        }
        Snackbar.Add(Problems.Sentence(problem), Severity.Error);
        return false;
    }

    /// <summary>Does something and says what went wrong; null if nothing did.</summary>
    protected async Task<Problem?> FailureOfAsync(Func<CancellationToken, Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            await work(closed.Token);
            return null;
        }
        catch (OperationCanceledException) when (closed.IsCancellationRequested)
        {
            return null;
        }
        catch (DowelException e)
        {
            if (e.Status == 401) ToSignIn();
            return e.Problem;
        }
    }

    /// <summary>Sets query parameters of the address, which hold the page's state; null removes one.</summary>
    protected void SetQuery(params (string Name, object? Value)[] values)
    {
        var target = Nav.GetUriWithQueryParameters(values.ToDictionary(v => v.Name, v => v.Value is "" ? null : v.Value));
        if (target != Nav.Uri) Nav.NavigateTo(target, replace: true);
    }

    /// <summary>Asks before something that cannot be undone.</summary>
    protected async Task<bool> ConfirmAsync(string title, string text, string yes) =>
        await Dialogs.ShowMessageBoxAsync(title, text, yesText: yes, cancelText: "Cancel", options: new DialogOptions { MaxWidth = MaxWidth.ExtraSmall, CloseOnEscapeKey = true }) == true;

    private void ToSignIn() => Nav.NavigateTo($"sign-in?returnUrl={Uri.EscapeDataString("/" + Nav.ToBaseRelativePath(Nav.Uri))}", forceLoad: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        closed.Cancel();
        closed.Dispose();
        Closing();
        GC.SuppressFinalize(this);
    }

    /// <summary>When the page is left.</summary>
    protected virtual void Closing() { }
}
