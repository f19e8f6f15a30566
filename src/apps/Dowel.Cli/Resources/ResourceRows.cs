using Dowel.Contracts;

namespace Dowel.Cli;

/// <summary>How what every thing has in common is shown.</summary>
internal static class ResourceRows
{
    public static (string Name, object? Value)[] Of(ResourceInfo thing, params (string Name, object? Value)[] own) =>
    [
        ("Name", thing.Name),
        ("Id", thing.Id),
        ("Project", thing.Project),
        ("Description", thing.Description),
        .. own,
        ("Owner", thing.Owner),
        ("Tags", Cell.Pairs(thing.Tags)),
        ("Visibility", thing.Visibility),
        ("You may", thing.Access),
        ("Created", $"{Cell.Of(thing.CreatedAt)} by {thing.CreatedBy}"),
        ("Updated", thing.UpdatedAt),
        ("Revision", thing.Revision),
    ];
}
