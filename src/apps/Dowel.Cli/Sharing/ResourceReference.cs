using Dowel.Contracts;

namespace Dowel.Cli.Sharing;

/// <summary>Finds the id of a thing by <c>kind:name</c>; a text without kind is an id already.</summary>
internal static class ResourceReference
{
    public const string Help = "kind:name, such as dataset:titanic, features:passenger_features, experiment:…, model:…, endpoint:…; or an id.";

    public static async Task<string> IdOfAsync(CliSession session, string reference, CancellationToken cancellationToken)
    {
        var at = reference.IndexOf(':', StringComparison.Ordinal);
        if (at < 0) return reference;
        // A version matters to lineage alone: things are shared whole.
        var (kind, name) = (reference[..at], reference[(at + 1)..].Split('@')[0]);
        ResourceInfo found = kind switch
        {
            "dataset" => await session.Client.Datasets.GetAsync(name, cancellationToken),
            "features" or "feature_view" or "feature-view" => await session.Client.FeatureViews.GetAsync(name, cancellationToken),
            "experiment" => await session.Client.Experiments.GetAsync(name, cancellationToken),
            "model" => await session.Client.Models.GetAsync(name, cancellationToken),
            "endpoint" => await session.Client.Endpoints.GetAsync(name, cancellationToken),
            _ => throw CliException.Usage($"'{kind}' is no kind of thing.", $"Give {Help}"),
        };
        return found.Id;
    }
}
