namespace Dowel.Web.Pages.Endpoints;

/// <summary>Counts as bars.</summary>
public partial class CountBars
{
    private long most = 1;

    /// <summary>What is counted.</summary>
    [Parameter, EditorRequired] public string Title { get; set; } = "";

    /// <summary>The counts.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<ValueCount> Items { get; set; } = [];

    /// <inheritdoc/>
    protected override void OnParametersSet() => most = Math.Max(1, Items.Select(i => i.Count).DefaultIfEmpty(1).Max());
}
