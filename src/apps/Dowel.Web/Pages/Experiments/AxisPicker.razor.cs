namespace Dowel.Web.Pages.Experiments;

/// <summary>Several axes, kept in a parameter of the address.</summary>
public partial class AxisPicker
{
    /// <summary>The parameter.</summary>
    [Parameter, EditorRequired] public string Name { get; set; } = "";

    /// <summary>What they are.</summary>
    [Parameter, EditorRequired] public string Label { get; set; } = "";

    /// <summary>All axes there are.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<RunAxis> All { get; set; } = [];

    /// <summary>Those that are chosen.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<RunAxis> Chosen { get; set; } = [];

    private void Add(string? key)
    {
        if (key is { Length: > 0 }) SetQuery((Name, string.Join(',', Chosen.Select(a => a.Key).Append(key))));
    }
}
