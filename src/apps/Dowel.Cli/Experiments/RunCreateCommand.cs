using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Experiments;

/// <summary>Starts a run.</summary>
internal sealed class RunCreateCommand : ClientCommand
{
    private readonly Argument<string> experiment = new("experiment") { Description = "Name, project.name or id." };
    private readonly Option<string?> name = new("--name", "-n") { Description = "Its name; default a made-up one.", HelpName = "text" };
    private readonly Option<string[]> parameters = new("--param", "-p") { Description = "A parameter; may be repeated.", HelpName = "key=value" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A tag; may be repeated.", HelpName = "key=value" };
    private readonly Option<string[]> inputs = new("--input-data") { Description = "What it learns from, for the lineage; may be repeated.", HelpName = "dataset:name@1" };

    public RunCreateCommand(CliHost host) : base(
        host, "create", "Start a run; its id is printed alone, for scripts.", "dowel run create titanic --param trees=100 --input-data dataset:titanic@1", "RUN=$(dowel run create titanic)")
    {
        Arguments.Add(experiment);
        Options.Add(name);
        Options.Add(parameters);
        Options.Add(tags);
        Options.Add(inputs);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var run = new CreateRun
        {
            Name = args.GetValue(name),
            Params = Lines.PairsOrNull(args.GetValue(parameters), "--param"),
            Tags = Lines.PairsOrNull(args.GetValue(tags), "--tag"),
            Inputs = args.GetValue(inputs) is { Length: > 0 } given ? given : null,
        };
        var made = await session.Client.Runs.CreateAsync(args.GetValue(experiment)!, run, cancellationToken);
        return session.Output.Text(made.Id, made);
    }
}
