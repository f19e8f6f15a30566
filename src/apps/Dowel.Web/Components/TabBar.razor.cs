using Microsoft.JSInterop;

namespace Dowel.Web.Components;

/// <summary>One tab of a page.</summary>
/// <param name="Key">Its name in the address.</param>
/// <param name="Title">Its title.</param>
/// <param name="Count">How many things are on it.</param>
public sealed record TabItem(string Key, string Title, long? Count = null);

/// <summary>Tabs that are links, so that the address says which one is open. The first is the page without a tab.</summary>
public partial class TabBar
{
    /// <summary>The tabs.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<TabItem> Tabs { get; set; } = [];

    /// <summary>The one that is open.</summary>
    [Parameter, EditorRequired] public string Active { get; set; } = "";

    /// <summary>What the tabs are of.</summary>
    [Parameter] public string Label { get; set; } = "Sections";

    private ElementReference bar;
    private string? shown;

    [Inject] private NavigationManager Nav { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (shown == Active) return;
        shown = Active;
        // On narrow screens the bar is wider than what is seen of it.
        await Js.InvokeVoidAsync("dowel.showCurrent", bar);
    }

    private string HrefOf(TabItem tab)
    {
        // The other parameters belong to the tab that is being left.
        var page = Nav.Uri.Split('?', '#')[0];
        return tab == Tabs[0] ? page : $"{page}?tab={tab.Key}";
    }
}
