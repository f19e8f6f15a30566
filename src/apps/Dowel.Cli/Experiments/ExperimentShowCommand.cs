using System.CommandLine;

namespace Dowel.Cli.Experiments;

/// <summary>Shows an experiment.</summary>
internal sealed class ExperimentShowCommand : ClientCommand
{
    private readonly Argument<string> experiment = new("experiment") { Description = "Name, project.name or id." };

    public ExperimentShowCommand(CliHost host) : base(host, "show", "Show an experiment; its runs are listed by 'run list'.", "dowel experiment show titanic") => Arguments.Add(experiment);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var found = await session.Client.Experiments.GetAsync(args.GetValue(experiment)!, cancellationToken);
        return session.Output.Record(found, ResourceRows.Of(found, ("Runs", found.Runs)));
    }
}
