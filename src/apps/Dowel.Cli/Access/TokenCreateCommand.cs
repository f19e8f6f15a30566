using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Access;

/// <summary>Makes a token.</summary>
internal sealed class TokenCreateCommand : ClientCommand
{
    private readonly Argument<string> name = new("name") { Description = "What it is for, in your words." };
    private readonly Option<string?> project = new("--project") { Description = "Limits it to one project.", HelpName = "project" };
    private readonly Option<int?> days = new("--expires-in-days") { Description = "Days until it ends; 0 for no end; default 90.", HelpName = "days" };

    public TokenCreateCommand(CliHost host) : base(
        host, "create", "Make a token. Its secret is shown this once, alone on standard output.", "dowel token create nightly-training", "dowel token create ci --project fraud --expires-in-days 30")
    {
        Arguments.Add(name);
        Options.Add(project);
        Options.Add(days);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var made = await session.Client.Identity.CreateTokenAsync(
            new CreateToken { Name = args.GetValue(name)!, Project = args.GetValue(project), ExpiresInDays = args.GetValue(days) }, cancellationToken);
        await session.Output.NoteAsync($"Token {made.Info.Id}{(made.Info.ExpiresAt is { } end ? $", good until {Cell.Of(end)}" : "")}. Its secret is not shown again:");
        return session.Output.Text(made.Secret, made);
    }
}
