using System.CommandLine;

namespace Dowel.Cli.Projects;

/// <summary>Deletes a project.</summary>
internal sealed class ProjectDeleteCommand : ClientCommand
{
    private readonly Argument<string> project = new("project") { Description = "Project name or id." };
    private readonly Option<bool> yes = new("--yes", "-y") { Description = "Do not ask." };

    public ProjectDeleteCommand(CliHost host) : base(host, "delete", "Delete a project that owns nothing any more.", "dowel project delete fraud --yes")
    {
        Arguments.Add(project);
        Options.Add(yes);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var name = args.GetValue(project)!;
        await session.ConfirmAsync(args.GetValue(yes), $"Delete project '{name}'?");
        await session.Client.Projects.DeleteAsync(name, cancellationToken: cancellationToken);
        return session.Output.Done($"Deleted project {name}.", new { project = name, deleted = true });
    }
}
