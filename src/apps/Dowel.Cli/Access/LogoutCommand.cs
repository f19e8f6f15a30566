using System.CommandLine;
using Dowel.Client;

namespace Dowel.Cli.Access;

/// <summary>Ends the session and forgets its token.</summary>
internal sealed class LogoutCommand : DowelCommand
{
    public LogoutCommand(CliHost host) : base(host, "logout", "End the session on the server and forget its token here.", "dowel logout", "dowel logout --server https://dowel.example.org")
    {
    }

    protected override async Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken)
    {
        var output = new Output(Host, args.GetValue(GlobalOptions.Output));
        var address = Connection.Resolve(Host, args.GetValue(GlobalOptions.Server), null).Server;
        var config = ConfigFile.Load(Host);
        var name = address.AbsoluteUri.TrimEnd('/');
        if (config.TokenOf(address) is not { } token) return output.Done($"You are not signed in to {name}.", new { server = name, signedOut = false });
        var ended = true;
        try
        {
            using var client = Host.Connect(address, token);
            await client.Identity.SignOutAsync(cancellationToken);
        }
        catch (DowelException e)
        {
            // Forgetting the token here matters more than the server's opinion.
            ended = false;
            await output.NoteAsync($"The token is forgotten here, but the server did not end the session: {e.Message}");
        }
        config.RemoveToken(address);
        return output.Done($"Signed out of {name}.", new { server = name, signedOut = true, sessionEnded = ended });
    }
}
