namespace Dowel.Cli.Models;

/// <summary>Deletes a model.</summary>
internal sealed class ModelDeleteCommand(CliHost host) : ResourceDeleteCommand(host, "model", " with its versions", "model", "titanic-survival")
{
    protected override Task DeleteAsync(CliSession session, string name, CancellationToken cancellationToken) => session.Client.Models.DeleteAsync(name, cancellationToken: cancellationToken);
}
