namespace Dowel.Web.Components;

/// <summary>Two texts compared line by line.</summary>
public partial class TextDiff
{
    private const int Most = 2000;

    /// <summary>The lines.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<DiffLine> Lines { get; set; } = [];

    /// <summary>What is compared, for screen readers.</summary>
    [Parameter] public string Label { get; set; } = "Differences";
}
