using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Projects;

/// <summary>Makes a project.</summary>
internal sealed class ProjectCreateCommand : ClientCommand
{
    private readonly Argument<string> name = new("name") { Description = "Its name: lower-case letters, digits and '-'." };
    private readonly Option<string?> description = new("--description", "-d") { Description = "What it is for.", HelpName = "text" };

    public ProjectCreateCommand(CliHost host) : base(host, "create", "Make a project; you become its owner.", "dowel project create fraud --description 'Card fraud'")
    {
        Arguments.Add(name);
        Options.Add(description);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var made = await session.Client.Projects.CreateAsync(new CreateProject { Name = args.GetValue(name)!, Description = args.GetValue(description) }, cancellationToken);
        return session.Output.Done($"Created project {made.Name}.", made);
    }
}
