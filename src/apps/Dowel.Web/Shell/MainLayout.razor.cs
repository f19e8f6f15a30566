using Microsoft.JSInterop;

namespace Dowel.Web.Shell;

/// <summary>The frame of every page: bar, navigation, content.</summary>
public partial class MainLayout : IAsyncDisposable
{
    private DotNetObjectReference<MainLayout>? self;
    private PageErrorBoundary? boundary;
    // Open where there is room for it; on narrow screens MudDrawer closes it by itself.
    private bool drawer = true;
    private bool dark;
    private string scheme = "system";
    private Me? me;
    private Problem? problem;

    [Inject] private PageClient Client { get; set; } = null!;

    [Inject] private PageSession Session { get; set; } = null!;

    [Inject] private NavigationManager Nav { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        dark = Session.Dark;
        try
        {
            me = await Client.MeAsync();
        }
        catch (DowelException e) when (e.Status == 401)
        {
            Nav.NavigateTo($"sign-in?returnUrl={Uri.EscapeDataString("/" + Nav.ToBaseRelativePath(Nav.Uri))}", forceLoad: true);
        }
        catch (DowelException e)
        {
            problem = e.Problem;
        }
    }

    /// <inheritdoc/>
    protected override void OnParametersSet() => boundary?.Recover();

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        self = DotNetObjectReference.Create(this);
        scheme = await Js.InvokeAsync<string>("dowel.watchScheme", self);
        StateHasChanged();
    }

    /// <summary>The browser shows another scheme now.</summary>
    /// <param name="isDark">Whether it is the dark one.</param>
    [JSInvokable]
    public void SchemeChanged(bool isDark)
    {
        dark = isDark;
        StateHasChanged();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (self is null) return;
        try
        {
            await Js.InvokeVoidAsync("dowel.unwatchScheme");
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and what it watched with it.
        }
        self.Dispose();
    }

    /// <summary>Why the page's room cannot be shown; null where it can.</summary>
    private Problem? Off(Me person) => NavItem.RoomOf(Nav.ToBaseRelativePath(Nav.Uri)) is { } room && !person.HasRoom(room)
        ? Problems.Of(ErrorCodes.RoomOff, $"The room {room} is off; it is switched on by Rooms__{room}=true.")
        : null;

    private static string Initials(User user)
    {
        var words = (user.DisplayName.Length > 0 ? user.DisplayName : user.Name).Split([' ', '.', '-', '_'], StringSplitOptions.RemoveEmptyEntries);
        return string.Concat(words.Where(w => char.IsLetterOrDigit(w[0])).Take(2).Select(w => char.ToUpperInvariant(w[0])));
    }

    private static string RoleText(Me me) => me.SingleUser ? "the only user" : me.User.IsAdmin ? "administrator" : me.User.IsAuditor ? "auditor" : me.User.Name;

    private async Task SchemeAsync(string value)
    {
        scheme = value;
        await Js.InvokeVoidAsync("dowel.setScheme", value);
    }

    private async Task SkipAsync() => await Js.InvokeVoidAsync("dowel.focus", "main");

    // A form and not the API: the session that ends is the one that this circuit stands on.
    private async Task SignOutAsync() => await Js.InvokeVoidAsync("dowel.submit", "sign-out");
}
