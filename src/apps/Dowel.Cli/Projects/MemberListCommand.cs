using System.CommandLine;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Projects;

/// <summary>Lists members.</summary>
internal sealed class MemberListCommand : ClientCommand
{
    private readonly Argument<string> project = new("project") { Description = "Project name or id." };
    private readonly Option<int> limit = ListOptions.LimitOption();

    public MemberListCommand(CliHost host) : base(host, "list", "List the members of a project.", "dowel project member list fraud")
    {
        Arguments.Add(project);
        Options.Add(limit);
    }

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        Paging.AllAsync((cursor, ct) => session.Client.Projects.MembersAsync(args.GetValue(project)!, new ListQuery { Cursor = cursor }, ct), cancellationToken),
        args.GetValue(limit),
        "The project has no members.",
        new Column<Member>("User", m => m.User),
        new Column<Member>("Role", m => m.Role),
        new Column<Member>("Since", m => m.Since));
}
