using System.CommandLine;

namespace Dowel.Cli.Access;

/// <summary>Signs in and keeps the token.</summary>
internal sealed class LoginCommand : DowelCommand
{
    private readonly Argument<string?> server = new("server") { Description = "The server's address.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> user = new("--user", "-u") { Description = "User name; asked for if it is left out.", HelpName = "name" };
    private readonly Option<string?> link = new("--link") { Description = "A one-time sign-in link, or its code.", HelpName = "link" };
    private readonly Option<bool> setPassword = new("--set-password") { Description = "With --link: choose a password as well." };

    public LoginCommand(CliHost host) : base(
        host,
        "login",
        "Sign in by password, token or one-time link; the token is kept in ~/.config/dowel/config.json, readable by you alone.",
        "dowel login",
        "dowel login https://dowel.example.org --user ada",
        "dowel login --token dwl_…",
        "dowel login --link 'http://127.0.0.1:5080/sign-in/link?code=…'",
        "dowel login --user ada < password-file")
    {
        Arguments.Add(server);
        Options.Add(user);
        Options.Add(link);
        Options.Add(setPassword);
    }

    protected override async Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken)
    {
        var output = new Output(Host, args.GetValue(GlobalOptions.Output));
        var address = Connection.Resolve(Host, args.GetValue(server) ?? args.GetValue(GlobalOptions.Server) ?? ServerOf(args.GetValue(link)), null).Server;
        var token = args.GetValue(GlobalOptions.Token)?.Trim() ?? await SignInAsync(args, address, cancellationToken);
        using var client = Host.Connect(address, token);
        var me = await client.Identity.MeAsync(cancellationToken);
        var config = ConfigFile.Load(Host);
        config.SetToken(address, token);
        return output.Done($"Signed in to {address.AbsoluteUri.TrimEnd('/')} as {me.User.Name}.", new { server = address.AbsoluteUri.TrimEnd('/'), user = me.User.Name, config = config.Path });
    }

    /// <summary>A whole link names its server.</summary>
    private static string? ServerOf(string? link) =>
        Uri.TryCreate(link, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri.GetLeftPart(UriPartial.Authority) : null;

    private async Task<string> SignInAsync(ParseResult args, Uri address, CancellationToken cancellationToken)
    {
        using var anonymous = Host.Connect(address, null);
        if (args.GetValue(link) is { } code)
        {
            string? password = null;
            if (args.GetValue(setPassword)) password = await AskSecretAsync("New password (12 characters or more): ");
            return (await anonymous.Identity.RedeemLinkAsync(code, password, cancellationToken)).Secret;
        }
        var name = args.GetValue(user);
        if (string.IsNullOrWhiteSpace(name))
        {
            if (!Host.Interactive) throw CliException.Usage("There is nobody to ask for a user name.", "Give --user and the password on standard input, or --token, or --link.");
            await Host.Error.WriteAsync("User: ");
            name = (await Host.In.ReadLineAsync(cancellationToken))?.Trim() ?? "";
        }
        return (await anonymous.Identity.SignInAsync(name, await AskSecretAsync("Password: "), cancellationToken)).Secret;
    }

    private async Task<string> AskSecretAsync(string prompt)
    {
        if (Host.Interactive) await Host.Error.WriteAsync(prompt);
        return Host.ReadSecret();
    }
}
