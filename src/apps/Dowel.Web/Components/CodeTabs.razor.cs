namespace Dowel.Web.Components;

/// <summary>The same thing in several languages.</summary>
public partial class CodeTabs
{
    private int active;

    /// <summary>The languages.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<Snippet> Snippets { get; set; } = [];
}
