using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Projects;

/// <summary>Lists projects.</summary>
internal sealed class ProjectListCommand : ClientCommand
{
    private readonly ListOptions list;

    public ProjectListCommand(CliHost host) : base(host, "list", "List the projects you may see.", "dowel project list") => list = new ListOptions(this, withProject: false);

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        session.Client.Projects.AllAsync(list.Query(args), cancellationToken),
        list.Limit(args),
        "There are no projects.",
        new Column<Project>("Name", p => p.Name),
        new Column<Project>("Your role", p => p.Role),
        new Column<Project>("Description", p => p.Description),
        new Column<Project>("Created", p => p.CreatedAt));
}
