using System.CommandLine;

namespace Dowel.Cli.Users;

/// <summary>Makes a one-time sign-in link.</summary>
internal sealed class UserLinkCommand : ClientCommand
{
    private readonly Argument<string> user = new("user") { Description = "User name or id." };

    public UserLinkCommand(CliHost host) : base(host, "link", "Make a one-time sign-in link for a user, to hand on.", "dowel user link ada") => Arguments.Add(user);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var made = await session.Client.Identity.CreateSignInLinkAsync(args.GetValue(user)!, cancellationToken);
        var link = new Uri(session.Client.Address, made.Link).AbsoluteUri;
        await session.Output.NoteAsync($"It works once, until {Cell.Of(made.ExpiresAt)}:");
        return session.Output.Text(link, made with { Link = link });
    }
}
