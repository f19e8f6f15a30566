using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Lists what people said of a version.</summary>
internal sealed class ApprovalsCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Argument<string> version = new("version") { Description = "Number or alias." };

    public ApprovalsCommand(CliHost host) : base(host, "approvals", "What people said of a version before its protected aliases, and whether it counts.", "dowel model approvals titanic-survival 2")
    {
        Arguments.Add(model);
        Arguments.Add(version);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.List(
        await session.Client.Models.ApprovalsAsync(args.GetValue(model)!, args.GetValue(version)!, cancellationToken),
        "Nobody has said anything yet.",
        new Column<Approval>("At", a => a.At),
        new Column<Approval>("Alias", a => a.Alias),
        new Column<Approval>("Said", a => a.Approved ? "approved" : "rejected"),
        new Column<Approval>("Counts", a => a.Counts ? "yes" : "no"),
        new Column<Approval>("By", a => a.By),
        new Column<Approval>("Comment", a => a.Comment));
}
