using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Projects;

/// <summary>Adds a member, or gives one another role.</summary>
internal sealed class MemberAddCommand : ClientCommand
{
    private readonly Argument<string> project = new("project") { Description = "Project name or id." };
    private readonly Argument<string> user = new("user") { Description = "User name." };
    private readonly Option<ProjectRole?> role = new("--role") { Description = "What they may do; default contributor.", HelpName = "viewer|contributor|owner" };

    public MemberAddCommand(CliHost host) : base(host, "add", "Add a member to a project, or give one another role.", "dowel project member add fraud ada", "dowel project member add fraud bob --role viewer")
    {
        Arguments.Add(project);
        Arguments.Add(user);
        Options.Add(role);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var (name, who, as_) = (args.GetValue(project)!, args.GetValue(user)!, args.GetValue(role) ?? ProjectRole.Contributor);
        var member = await session.Client.Projects.SetMemberAsync(name, who, as_, cancellationToken);
        return session.Output.Done($"{member.User} is {Cell.Of(member.Role)} of {name}.", member);
    }
}
