namespace Dowel.Web.Pages.Experiments;

/// <summary>Runs side by side, what differs set off.</summary>
public partial class RunDifferences
{
    private const int Most = 20;
    private IReadOnlyList<Run> columns = [];
    private IReadOnlyList<RunDifference> rows = [];

    /// <summary>The runs.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<Run> Runs { get; set; } = [];

    /// <summary>Their metrics, the important ones first.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<string> Metrics { get; set; } = [];

    [SupplyParameterFromQuery(Name = "same")] private string? same { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        columns = [.. Runs.Take(Most)];
        rows = RunDifference.Of(columns, Metrics);
    }
}
