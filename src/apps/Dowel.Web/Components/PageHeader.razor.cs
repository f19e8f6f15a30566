namespace Dowel.Web.Components;

/// <summary>The top of a page.</summary>
public partial class PageHeader
{
    /// <summary>The heading.</summary>
    [Parameter, EditorRequired] public string Title { get; set; } = "";

    /// <summary>What the page is for, in a line.</summary>
    [Parameter] public string? Lead { get; set; }

    /// <summary>The page above.</summary>
    [Parameter] public string? Crumb { get; set; }

    /// <summary>Where the page above is.</summary>
    [Parameter] public string? CrumbHref { get; set; }

    /// <summary>Buttons.</summary>
    [Parameter] public RenderFragment? Actions { get; set; }
}
