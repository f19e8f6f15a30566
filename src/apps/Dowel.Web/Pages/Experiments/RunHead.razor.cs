namespace Dowel.Web.Pages.Experiments;

/// <summary>The head of the runs table: columns to sort by.</summary>
public partial class RunHead
{
    /// <summary>Title of the first column.</summary>
    [Parameter] public string First { get; set; } = "Run";

    /// <summary>What is sorted by.</summary>
    [Parameter] public string Sort { get; set; } = "";

    /// <summary>Sorts by something else.</summary>
    [Parameter] public EventCallback<string> OnSort { get; set; }

    /// <summary>Whether all are selected.</summary>
    [Parameter] public bool AllPicked { get; set; }

    /// <summary>Selects all or none.</summary>
    [Parameter] public EventCallback<bool> OnPickAll { get; set; }

    /// <summary>The columns.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<RunColumn> Columns { get; set; } = [];
}
