using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Users;

/// <summary>Makes a user.</summary>
internal sealed class UserCreateCommand : ClientCommand
{
    private readonly Argument<string> name = new("name") { Description = "User name." };
    private readonly Option<string?> displayName = new("--display-name") { Description = "Name for people.", HelpName = "text" };
    private readonly Option<string?> email = new("--email") { Description = "E-mail address.", HelpName = "address" };
    private readonly Option<bool> admin = new("--admin") { Description = "An administrator of the server." };
    private readonly Option<bool> auditor = new("--auditor") { Description = "May read everything and the audit trail." };
    private readonly Option<bool> password = new("--password") { Description = "Ask for the first password (or read it from standard input) instead of making a sign-in link." };

    public UserCreateCommand(CliHost host) : base(
        host,
        "create",
        "Make a user. Without --password a one-time sign-in link is printed for you to hand on.",
        "dowel user create ada --display-name 'Ada Lovelace' --email ada@example.org",
        "dowel user create olga --auditor",
        "dowel user create ci --password < password-file")
    {
        Arguments.Add(name);
        Options.Add(displayName);
        Options.Add(email);
        Options.Add(admin);
        Options.Add(auditor);
        Options.Add(password);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        string? secret = null;
        if (args.GetValue(password))
        {
            if (Host.Interactive) await Host.Error.WriteAsync("Password (12 characters or more): ");
            secret = Host.ReadSecret();
        }
        var made = await session.Client.Identity.CreateUserAsync(
            new CreateUser
            {
                Name = args.GetValue(name)!,
                DisplayName = args.GetValue(displayName),
                Email = args.GetValue(email),
                IsAdmin = args.GetValue(admin),
                IsAuditor = args.GetValue(auditor),
                Password = secret,
            },
            cancellationToken);
        var link = made.SignInLink is { } path ? new Uri(session.Client.Address, path).AbsoluteUri : null;
        return session.Output.Record(made with { SignInLink = link }, ("User", made.User.Name), ("Id", made.User.Id), ("Sign-in link", link));
    }
}
