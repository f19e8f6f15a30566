namespace Dowel.Web.Components;

/// <summary>Who may see a thing, in a word.</summary>
public partial class VisibilityChip
{
    /// <summary>Who may see it.</summary>
    [Parameter, EditorRequired] public Visibility Value { get; set; }

    private string Icon => Value switch { Visibility.Public => Icons.Material.Outlined.Public, Visibility.Shared => Icons.Material.Outlined.Group, _ => Icons.Material.Outlined.Lock };

    private string Hint => Value switch
    {
        Visibility.Public => "Everyone who is signed in may see and use it",
        Visibility.Shared => "Its project, and the people it is shared with",
        _ => "The members of its project",
    };
}
