namespace Dowel.Web.Components;

/// <summary>How kinds of things look and where their pages are.</summary>
internal static class KindIcons
{
    public static string Of(string kind) => kind switch
    {
        "dataset" => Icons.Material.Outlined.TableChart,
        "feature_view" => Icons.Material.Outlined.DataArray,
        "experiment" => Icons.Material.Outlined.Science,
        "run" => Icons.Material.Outlined.PlayCircle,
        "model" => Icons.Material.Outlined.Category,
        "endpoint" => Icons.Material.Outlined.Api,
        "code" => Icons.Material.Outlined.Code,
        "request" => Icons.Material.Outlined.Login,
        "answer" => Icons.Material.Outlined.Logout,
        "switch" => Icons.Material.Outlined.AltRoute,
        "splitter" => Icons.Material.Outlined.CallSplit,
        "ensemble" => Icons.Material.Outlined.Hub,
        "combine" => Icons.Material.Outlined.CallMerge,
        _ => Icons.Material.Outlined.Circle,
    };

    public static string Word(string kind) => kind switch { "feature_view" => "feature view", "" => "thing", _ => kind };

    /// <summary>The page of a thing; null where it has none.</summary>
    public static string? Href(string kind, string id) => id.Length == 0 ? null : kind switch
    {
        "dataset" => $"datasets/{Uri.EscapeDataString(id)}",
        "feature_view" => $"features/{Uri.EscapeDataString(id)}",
        "experiment" => $"experiments/{Uri.EscapeDataString(id)}",
        "run" => $"runs/{Uri.EscapeDataString(id)}",
        "model" => $"models/{Uri.EscapeDataString(id)}",
        "endpoint" => $"endpoints/{Uri.EscapeDataString(id)}",
        _ => null,
    };
}
