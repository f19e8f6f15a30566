namespace Dowel.Web.Shell;

/// <summary>The navigation. Rooms that are off are not in it.</summary>
public partial class NavMenu
{
    private IReadOnlyList<NavItem> items = [];

    /// <summary>The person.</summary>
    [Parameter, EditorRequired] public Me Me { get; set; } = new();

    /// <inheritdoc/>
    protected override void OnParametersSet() => items = [.. NavItem.All.Where(item => Me.HasRoom(item.Room))];
}
