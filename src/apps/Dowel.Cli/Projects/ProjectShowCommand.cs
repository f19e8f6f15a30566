using System.CommandLine;

namespace Dowel.Cli.Projects;

/// <summary>Shows a project.</summary>
internal sealed class ProjectShowCommand : ClientCommand
{
    private readonly Argument<string> project = new("project") { Description = "Project name or id." };

    public ProjectShowCommand(CliHost host) : base(host, "show", "Show a project.", "dowel project show fraud") => Arguments.Add(project);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var found = await session.Client.Projects.GetAsync(args.GetValue(project)!, cancellationToken);
        return session.Output.Record(found, ("Name", found.Name), ("Id", found.Id), ("Description", found.Description), ("Your role", found.Role), ("Created", found.CreatedAt));
    }
}
