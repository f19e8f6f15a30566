namespace Dowel.Web.Pages.Endpoints;

/// <summary>Values by name.</summary>
public partial class ValueList
{
    /// <summary>What they are.</summary>
    [Parameter, EditorRequired] public string Title { get; set; } = "";

    /// <summary>The values.</summary>
    [Parameter, EditorRequired] public IReadOnlyDictionary<string, object?[]> Values { get; set; } = new Dictionary<string, object?[]>();
}
