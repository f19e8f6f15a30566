using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Experiments;

/// <summary>Lists experiments.</summary>
internal sealed class ExperimentListCommand : ClientCommand
{
    private readonly ListOptions list;

    public ExperimentListCommand(CliHost host) : base(host, "list", "List the experiments you may see.", "dowel experiment list") => list = new ListOptions(this);

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        session.Client.Experiments.AllAsync(list.Query(args), cancellationToken),
        list.Limit(args),
        "There are no experiments.",
        new Column<Experiment>("Name", e => e.Name),
        new Column<Experiment>("Project", e => e.Project),
        new Column<Experiment>("Runs", e => e.Runs, Right: true),
        new Column<Experiment>("Owner", e => e.Owner),
        new Column<Experiment>("Updated", e => e.UpdatedAt));
}
