using System.CommandLine;

namespace Dowel.Cli.Access;

/// <summary>Says who one is to the server.</summary>
internal sealed class WhoAmICommand(CliHost host) : ClientCommand(host, "whoami", "Who you are to the server, and your projects.", "dowel whoami", "dowel whoami --output json")
{
    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var me = await session.Client.Identity.MeAsync(cancellationToken);
        return session.Output.Record(
            me,
            ("User", me.User.Name),
            ("Name", me.User.DisplayName),
            ("Rights", string.Join(", ", new[] { me.User.IsAdmin ? "administrator" : null, me.User.IsAuditor ? "auditor" : null }.Where(r => r is not null))),
            ("Projects", string.Join(", ", me.Projects.Select(p => $"{p.Project} ({Cell.Of(p.Role)})"))),
            ("Token limited to", me.TokenProject),
            ("Single user", me.SingleUser ? "yes" : null),
            ("Server", session.Client.Address.AbsoluteUri.TrimEnd('/')),
            ("Version", me.Version));
    }
}
