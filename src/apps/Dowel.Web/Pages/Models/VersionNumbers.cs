namespace Dowel.Web.Pages.Models;

/// <summary>The versions that a select offers.</summary>
internal static class VersionNumbers
{
    private const int Most = 200;

    /// <summary>The newest, newest first, and those that are chosen already.</summary>
    public static IReadOnlyList<int> Of(RegisteredModel model, params IEnumerable<int> chosen) =>
        [.. Enumerable.Range(Math.Max(1, model.LatestVersion - Most + 1), Math.Min(Most, model.LatestVersion)).Concat(chosen).Distinct().OrderDescending()];
}
