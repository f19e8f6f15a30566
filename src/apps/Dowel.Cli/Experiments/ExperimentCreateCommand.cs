using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Experiments;

/// <summary>Makes an experiment.</summary>
internal sealed class ExperimentCreateCommand : ClientCommand
{
    private readonly Argument<string> name = new("name") { Description = "Its name." };
    private readonly ResourceOptions resource;

    public ExperimentCreateCommand(CliHost host) : base(host, "create", "Make an experiment.", "dowel experiment create titanic --description 'Who survives?'")
    {
        Arguments.Add(name);
        resource = new ResourceOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var made = await session.Client.Experiments.CreateAsync(
            new CreateExperiment { Name = args.GetValue(name)!, Project = resource.Project(args), Description = resource.Description(args), Owner = resource.Owner(args), Tags = resource.Tags(args) },
            cancellationToken);
        return session.Output.Done($"Created experiment {made.Project}.{made.Name}.", made);
    }
}
