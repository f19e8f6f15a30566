namespace Dowel.Cli.Endpoints;

/// <summary>Deletes an endpoint.</summary>
internal sealed class EndpointDeleteCommand(CliHost host) : ResourceDeleteCommand(host, "endpoint", "", "endpoint", "titanic-survival")
{
    protected override Task DeleteAsync(CliSession session, string name, CancellationToken cancellationToken) => session.Client.Endpoints.DeleteAsync(name, cancellationToken: cancellationToken);
}
