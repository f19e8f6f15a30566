using System.CommandLine;

namespace Dowel.Cli.Access;

/// <summary>Revokes a token.</summary>
internal sealed class TokenRevokeCommand : ClientCommand
{
    private readonly Argument<string> id = new("id") { Description = "The token's id, from 'token list'." };

    public TokenRevokeCommand(CliHost host) : base(host, "revoke", "Revoke a token; it stops working at once.", "dowel token revoke tok_01a2…") => Arguments.Add(id);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        await session.Client.Identity.RevokeTokenAsync(args.GetValue(id)!, cancellationToken);
        return session.Output.Done($"Revoked {args.GetValue(id)}.", new { id = args.GetValue(id), revoked = true });
    }
}
