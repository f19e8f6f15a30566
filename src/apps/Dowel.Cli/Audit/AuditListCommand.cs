using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Audit;

/// <summary>Lists audit records.</summary>
internal sealed class AuditListCommand : ClientCommand
{
    private readonly Option<string?> actor = new("--actor") { Description = "Only by this user.", HelpName = "user" };
    private readonly Option<string?> action = new("--action") { Description = "Only actions that begin with this, such as endpoint.", HelpName = "prefix" };
    private readonly Option<string?> resource = new("--resource") { Description = "Only on this thing: id or name.", HelpName = "resource" };
    private readonly Option<string?> outcome = new("--outcome") { Description = "Only ok or denied.", HelpName = "ok|denied" };
    private readonly Option<string?> from = new("--from") { Description = $"Not before: {Instants.Help}.", HelpName = "time" };
    private readonly Option<string?> to = new("--to") { Description = $"Before: {Instants.Help}.", HelpName = "time" };
    private readonly Option<int> limit = ListOptions.LimitOption(50);

    public AuditListCommand(CliHost host) : base(host, "list", "The audit trail, newest first: who did what, when, from where.", "dowel audit list --from 1d", "dowel audit list --outcome denied --actor bob", "dowel audit list --action endpoint. --output json")
    {
        outcome.AcceptOnlyFromAmong("ok", "denied");
        Options.Add(actor);
        Options.Add(action);
        Options.Add(resource);
        Options.Add(outcome);
        Options.Add(from);
        Options.Add(to);
        Options.Add(limit);
    }

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var query = new AuditQuery
        {
            Actor = args.GetValue(actor),
            Action = args.GetValue(action),
            Resource = args.GetValue(resource),
            Outcome = args.GetValue(outcome),
            From = Instants.Parse(args.GetValue(from), "--from", Host.Time),
            To = Instants.Parse(args.GetValue(to), "--to", Host.Time),
            Limit = Math.Min(args.GetValue(limit) + 1, 1000),
        };
        return session.Output.ListAsync(
            session.Client.Audit.AllAsync(query, cancellationToken),
            args.GetValue(limit),
            "There are no records.",
            new Column<AuditRecord>("No.", r => r.Seq, Right: true),
            new Column<AuditRecord>("At", r => r.At),
            new Column<AuditRecord>("Who", r => r.Actor),
            new Column<AuditRecord>("From", r => r.Remote),
            new Column<AuditRecord>("Did", r => r.Action),
            new Column<AuditRecord>("Outcome", r => r.Outcome),
            new Column<AuditRecord>("Project", r => r.Project),
            new Column<AuditRecord>("What", r => r.Resource));
    }
}
