namespace Dowel.Web.Components;

/// <summary>The tags of a thing.</summary>
public partial class TagList
{
    /// <summary>The tags.</summary>
    [Parameter, EditorRequired] public IReadOnlyDictionary<string, string> Tags { get; set; } = new Dictionary<string, string>();
}
