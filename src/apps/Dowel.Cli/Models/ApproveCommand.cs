using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Approves or rejects a version for a protected alias.</summary>
internal sealed class ApproveCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Argument<string> version = new("version") { Description = "Number or alias." };
    private readonly Option<string> alias = new("--alias", "-a") { Description = "The protected alias.", DefaultValueFactory = _ => "production", HelpName = "alias" };
    private readonly Option<string?> comment = new("--comment", "-c") { Description = "Why; kept in the history.", HelpName = "text" };
    private readonly bool approve;

    private ApproveCommand(CliHost host, bool approve, string name, string what, string example) : base(host, name, what, example)
    {
        this.approve = approve;
        Arguments.Add(model);
        Arguments.Add(version);
        Options.Add(alias);
        Options.Add(comment);
    }

    public static ApproveCommand Approve(CliHost host) => new(host, true, "approve", "Approve a version for a protected alias, where the gate asks for approvals.", "dowel model approve titanic-survival 2 --comment 'reviewed with Ada'");

    public static ApproveCommand Reject(CliHost host) => new(host, false, "reject", "Reject a version for a protected alias; it holds the alias until you approve.", "dowel model reject titanic-survival 2 --comment 'worse for children'");

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var (name, number) = (args.GetValue(model)!, args.GetValue(version)!);
        var said = await session.Client.Models.ApproveAsync(name, number, new SetApproval(args.GetValue(alias)!, approve, args.GetValue(comment)), cancellationToken);
        return session.Output.Done($"You {(approve ? "approved" : "rejected")} version {number} of {name} for {said.Alias}.", said);
    }
}
