using Microsoft.JSInterop;

namespace Dowel.Web.Pages.Experiments;

/// <summary>The cells of a run in the table.</summary>
public partial class RunCells
{
    private bool copied;

    /// <summary>The run.</summary>
    [Parameter, EditorRequired] public Run Run { get; set; } = new();

    /// <summary>Whether it is selected.</summary>
    [Parameter] public bool Picked { get; set; }

    /// <summary>Selects it or no longer.</summary>
    [Parameter] public EventCallback<bool> OnPick { get; set; }

    /// <summary>The id of the best run of each metric.</summary>
    [Parameter] public IReadOnlyDictionary<string, string>? Best { get; set; }

    /// <summary>The columns.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<RunColumn> Columns { get; set; } = [];

    [Inject] private IJSRuntime Js { get; set; } = null!;

    private async Task CopyAsync() => copied = await Js.InvokeAsync<bool>("dowel.copy", Run.Id);
}
