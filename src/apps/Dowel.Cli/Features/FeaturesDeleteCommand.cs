namespace Dowel.Cli.Features;

/// <summary>Deletes a feature view.</summary>
internal sealed class FeaturesDeleteCommand(CliHost host) : ResourceDeleteCommand(host, "feature view", " with its rows", "features", "passenger_features")
{
    protected override Task DeleteAsync(CliSession session, string name, CancellationToken cancellationToken) => session.Client.FeatureViews.DeleteAsync(name, cancellationToken: cancellationToken);
}
