namespace Dowel.Cli.Datasets;

/// <summary>Deletes a dataset.</summary>
internal sealed class DatasetDeleteCommand(CliHost host) : ResourceDeleteCommand(host, "dataset", " with its versions", "dataset", "retail.sales")
{
    protected override Task DeleteAsync(CliSession session, string name, CancellationToken cancellationToken) => session.Client.Datasets.DeleteAsync(name, cancellationToken: cancellationToken);
}
