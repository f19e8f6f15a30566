using System.CommandLine;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>Lists endpoints.</summary>
internal sealed class EndpointListCommand : ClientCommand
{
    private readonly ListOptions list;

    public EndpointListCommand(CliHost host) : base(host, "list", "List the endpoints you may see.", "dowel endpoint list") => list = new ListOptions(this);

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        session.Client.Endpoints.AllAsync(list.Query(args), cancellationToken),
        list.Limit(args),
        "There are no endpoints. Make one: dowel endpoint create NAME --model MODEL",
        new Column<Endpoint>("Name", e => e.Name),
        new Column<Endpoint>("Project", e => e.Project),
        new Column<Endpoint>("State", e => e.State),
        new Column<Endpoint>("Serves", e => string.Join(", ", e.Deployments.Select(DeploymentText.Serves))),
        new Column<Endpoint>("Joins", e => e.Features?.View),
        new Column<Endpoint>("Visibility", e => e.Visibility),
        new Column<Endpoint>("Owner", e => e.Owner));
}
