namespace Dowel.Web.Pages.Experiments;

/// <summary>The head of a column that one can sort by.</summary>
public partial class SortHeader
{
    /// <summary>What it says.</summary>
    [Parameter, EditorRequired] public string Title { get; set; } = "";

    /// <summary>What kind of thing it is, for screen readers.</summary>
    [Parameter] public string? Note { get; set; }

    /// <summary>What the API calls it.</summary>
    [Parameter, EditorRequired] public string Key { get; set; } = "";

    /// <summary>What is sorted by now.</summary>
    [Parameter] public string? Sort { get; set; }

    /// <summary>Whether it holds numbers.</summary>
    [Parameter] public bool Numeric { get; set; }

    /// <summary>Whether it stays when the table is scrolled aside.</summary>
    [Parameter] public bool Sticky { get; set; }

    /// <summary>Further classes.</summary>
    [Parameter] public string? Class { get; set; }

    /// <summary>Sorts by another one.</summary>
    [Parameter] public EventCallback<string> OnSort { get; set; }

    // Numbers begin with the largest, names with A.
    private string Next => Sort == Key ? "-" + Key : Sort == "-" + Key ? Key : Numeric || Key == "started" ? "-" + Key : Key;
}
