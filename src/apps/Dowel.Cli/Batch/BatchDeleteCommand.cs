namespace Dowel.Cli.Batch;

/// <summary>Forgets a batch run that has ended.</summary>
internal sealed class BatchDeleteCommand(CliHost host) : ResourceDeleteCommand(host, "batch run", "; the datasets that it made stay", "batch", "batch_018f…")
{
    protected override Task DeleteAsync(CliSession session, string name, CancellationToken cancellationToken) => session.Client.Batch.DeleteAsync(name, cancellationToken);
}
