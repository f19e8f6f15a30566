namespace Dowel.Web.Shell;

/// <summary>One room in the navigation.</summary>
internal sealed record NavItem(string Room, string Title, string Href, string Icon)
{
    public static IReadOnlyList<NavItem> All { get; } =
    [
        new("Catalog", "Datasets", "datasets", KindIcons.Of("dataset")),
        new("Features", "Features", "features", KindIcons.Of("feature_view")),
        new("Experiments", "Experiments", "experiments", KindIcons.Of("experiment")),
        new("Registry", "Models", "models", KindIcons.Of("model")),
        new("Serving", "Endpoints", "endpoints", KindIcons.Of("endpoint")),
    ];

    /// <summary>The room whose page stands at a path of this server; null for pages that are always there. Runs, logged models and the bin are looked at under experiments, batch runs under endpoints.</summary>
    public static string? RoomOf(string path)
    {
        var first = path.TrimStart('/').Split('/', '?', '#')[0];
        return first is "runs" or "logged-models" or "bin" ? "Experiments" : first is "batch" ? "Serving" : All.FirstOrDefault(i => string.Equals(i.Href, first, StringComparison.OrdinalIgnoreCase))?.Room;
    }
}
