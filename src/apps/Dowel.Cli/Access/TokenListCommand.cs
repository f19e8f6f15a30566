using System.CommandLine;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Access;

/// <summary>Lists one's tokens.</summary>
internal sealed class TokenListCommand : ClientCommand
{
    private readonly Option<int> limit = ListOptions.LimitOption();

    public TokenListCommand(CliHost host) : base(host, "list", "List your tokens, without their secrets.", "dowel token list") => Options.Add(limit);

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        Paging.AllAsync((cursor, ct) => session.Client.Identity.ListTokensAsync(new ListQuery { Cursor = cursor }, ct), cancellationToken),
        args.GetValue(limit),
        "You have no tokens.",
        new Column<Token>("Id", t => t.Id),
        new Column<Token>("Name", t => t.Name),
        new Column<Token>("Begins", t => t.Hint),
        new Column<Token>("Kind", t => t.Kind),
        new Column<Token>("Project", t => t.Project),
        new Column<Token>("Expires", t => t.ExpiresAt),
        new Column<Token>("Last used", t => t.LastUsedAt),
        new Column<Token>("Revoked", t => t.RevokedAt));
}
