namespace Dowel.Web.Components;

/// <summary>Shows what was loaded, or that it is being loaded, or why it could not be.</summary>
/// <typeparam name="T">What is loaded.</typeparam>
public partial class PageFrame<T>
{
    /// <summary>What was loaded.</summary>
    [Parameter, EditorRequired] public T? Value { get; set; }

    /// <summary>Why it could not be.</summary>
    [Parameter] public Problem? Problem { get; set; }

    /// <summary>Tries again.</summary>
    [Parameter] public EventCallback Retry { get; set; }

    /// <summary>The content.</summary>
    [Parameter, EditorRequired] public RenderFragment<T> ChildContent { get; set; } = _ => _ => { };
}
