using Microsoft.JSInterop;

namespace Dowel.Web.Components;

/// <summary>Code with a button that copies it.</summary>
public partial class CodeSnippet
{
    private bool copied;

    /// <summary>The code.</summary>
    [Parameter, EditorRequired] public string Code { get; set; } = "";

    /// <summary>What it is, for screen readers.</summary>
    [Parameter] public string Label { get; set; } = "code";

    /// <summary>In one line.</summary>
    [Parameter] public bool Inline { get; set; }

    [Inject] private IJSRuntime Js { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    private async Task CopyAsync()
    {
        copied = await Js.InvokeAsync<bool>("dowel.copy", Code);
        if (!copied) return;
        StateHasChanged();
        await Task.Delay(TimeSpan.FromSeconds(2), Time);
        copied = false;
    }
}
