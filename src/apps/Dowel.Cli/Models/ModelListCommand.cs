using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Lists models.</summary>
internal sealed class ModelListCommand : ClientCommand
{
    private readonly ListOptions list;

    public ModelListCommand(CliHost host) : base(host, "list", "List the models you may see.", "dowel model list") => list = new ListOptions(this);

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        session.Client.Models.AllAsync(list.Query(args), cancellationToken),
        list.Limit(args),
        "There are no models.",
        new Column<RegisteredModel>("Name", m => m.Name),
        new Column<RegisteredModel>("Project", m => m.Project),
        new Column<RegisteredModel>("Versions", m => m.LatestVersion, Right: true),
        new Column<RegisteredModel>("Aliases", m => Cell.Pairs(m.Aliases)),
        new Column<RegisteredModel>("Owner", m => m.Owner),
        new Column<RegisteredModel>("Updated", m => m.UpdatedAt));
}
