using System.CommandLine;

namespace Dowel.Cli.Projects;

/// <summary>Takes a member out.</summary>
internal sealed class MemberRemoveCommand : ClientCommand
{
    private readonly Argument<string> project = new("project") { Description = "Project name or id." };
    private readonly Argument<string> user = new("user") { Description = "User name." };

    public MemberRemoveCommand(CliHost host) : base(host, "remove", "Take a member out of a project.", "dowel project member remove fraud bob")
    {
        Arguments.Add(project);
        Arguments.Add(user);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var (name, who) = (args.GetValue(project)!, args.GetValue(user)!);
        await session.Client.Projects.RemoveMemberAsync(name, who, cancellationToken);
        return session.Output.Done($"{who} is no member of {name} any more.", new { project = name, user = who, removed = true });
    }
}
