using System.Security.Cryptography;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>1. The administrator makes the accounts; everybody signs in by their link, chooses a password and makes a token.</summary>
internal static class Access
{
    public static async Task RunAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        var admin = await state.Admin.Identity.MeAsync(cancellationToken);
        Check.That(admin.User.IsAdmin, $"{admin.User.Name}, whose token was given, is an administrator", "Give the token of an administrator by --token.");

        state.Dana = await AddAsync(state, new CreateUser { Name = "dana", DisplayName = "Dana (business data scientist)" }, "business data scientist, owns everything", cancellationToken);
        state.Sam = await AddAsync(state, new CreateUser { Name = "sam", DisplayName = "Sam (data scientist)" }, "second data scientist, gets things shared", cancellationToken);
        state.Ada = await AddAsync(state, new CreateUser { Name = "ada", DisplayName = "Ada (auditor)", IsAuditor = true }, "auditor, reads everything and the audit trail", cancellationToken);
        state.Tom = await AddAsync(state, new CreateUser { Name = "tom", DisplayName = "Tom (stranger)" }, "stranger, sees nothing of it", cancellationToken);

        await state.Dana.Client.Projects.CreateAsync(new CreateProject { Name = JourneyState.Project, Description = "Who survived the Titanic?" }, cancellationToken);
        var dana = await state.Dana.Client.Identity.MeAsync(cancellationToken);
        Check.That(dana.Projects.Any(p => p is { Project: JourneyState.Project, Role: ProjectRole.Owner }), "dana owns the project that she made");
        var ada = await state.Ada.Client.Identity.MeAsync(cancellationToken);
        Check.That(ada.User is { IsAuditor: true, IsAdmin: false }, "ada is an auditor and no administrator");
        using var nobody = DowelClient.Connect(state.Server);
        Check.That(await Refusal.StatusAsync(() => nobody.Identity.MeAsync(cancellationToken)) == 401, "nobody gets in without signing in");

        report.Figure("accounts", state.Accounts.Count);
        report.Figure("project", JourneyState.Project);
        report.Say($"{state.Accounts.Count} accounts ({string.Join(", ", state.Accounts.Select(a => a.User))})");
        report.Say($"project {JourneyState.Project}");
    }

    private static async Task<Account> AddAsync(JourneyState state, CreateUser user, string role, CancellationToken cancellationToken)
    {
        CreatedUser created;
        try
        {
            created = await state.Admin.Identity.CreateUserAsync(user, cancellationToken);
        }
        catch (DowelException e) when (e.Code == ErrorCodes.Exists.Code)
        {
            throw new CheckFailedException($"There is a user '{user.Name}' on this server already.", "Run the journey on a server with an empty data folder, as 'dowel demo' does.");
        }
        Check.That(created.SignInLink is not null, $"{user.Name} got a sign-in link");

        // The link is for one use; it signs in and sets the password.
        var password = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 20);
        using var anonymous = DowelClient.Connect(state.Server);
        var session = await anonymous.Identity.RedeemLinkAsync(created.SignInLink!, password, cancellationToken);
        using var signedIn = DowelClient.Connect(state.Server, session.Secret);
        var token = await signedIn.Identity.CreateTokenAsync(new CreateToken { Name = "titanic journey", ExpiresInDays = 30 }, cancellationToken);
        return new Account(user.Name, role, password, token.Secret, DowelClient.Connect(state.Server, token.Secret));
    }
}
