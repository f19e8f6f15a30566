namespace Dowel.Web.Shell;

/// <summary>The navigation. Rooms that are off are not in it.</summary>
public partial class NavMenu
{
    private IReadOnlyList<NavItem> items = [];
    private string? here;

    /// <summary>The person.</summary>
    [Parameter, EditorRequired] public Me Me { get; set; } = new();

    [Inject] private NavigationManager Nav { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        items = [.. NavItem.All.Where(item => Me.HasRoom(item.Room))];
        here = NavItem.RoomOf(Nav.ToBaseRelativePath(Nav.Uri));
    }
}
