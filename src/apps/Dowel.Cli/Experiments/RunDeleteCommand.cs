namespace Dowel.Cli.Experiments;

/// <summary>Deletes a run.</summary>
internal sealed class RunDeleteCommand(CliHost host) : ResourceDeleteCommand(host, "run", " with its artifacts", "run", "run_01a2…")
{
    protected override Task DeleteAsync(CliSession session, string name, CancellationToken cancellationToken) => session.Client.Runs.DeleteAsync(name, cancellationToken);
}
