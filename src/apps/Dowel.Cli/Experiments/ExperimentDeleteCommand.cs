namespace Dowel.Cli.Experiments;

/// <summary>Deletes an experiment.</summary>
internal sealed class ExperimentDeleteCommand(CliHost host) : ResourceDeleteCommand(host, "experiment", " with its runs", "experiment", "titanic")
{
    protected override Task DeleteAsync(CliSession session, string name, CancellationToken cancellationToken) => session.Client.Experiments.DeleteAsync(name, cancellationToken: cancellationToken);
}
