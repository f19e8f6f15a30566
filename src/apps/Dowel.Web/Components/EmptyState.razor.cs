namespace Dowel.Web.Components;

/// <summary>What stands where nothing is yet: what to do next, here and from outside.</summary>
public partial class EmptyState
{
    /// <summary>What is missing.</summary>
    [Parameter, EditorRequired] public string Title { get; set; } = "";

    /// <summary>An icon.</summary>
    [Parameter] public string? Icon { get; set; }

    /// <summary>What to do.</summary>
    [Parameter] public RenderFragment? ChildContent { get; set; }

    /// <summary>Buttons.</summary>
    [Parameter] public RenderFragment? Actions { get; set; }

    /// <summary>The same by command line or HTTP.</summary>
    [Parameter] public IReadOnlyList<Snippet> Snippets { get; set; } = [];
}
