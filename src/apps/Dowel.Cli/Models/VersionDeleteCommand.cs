using System.CommandLine;

namespace Dowel.Cli.Models;

/// <summary>Deletes a version.</summary>
internal sealed class VersionDeleteCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Argument<string> version = new("version") { Description = "Number or alias." };
    private readonly Option<string?> reason = new("--reason", "-r") { Description = "Why; kept in the history.", HelpName = "text" };
    private readonly Option<bool> yes = new("--yes", "-y") { Description = "Do not ask." };

    public VersionDeleteCommand(CliHost host) : base(host, "delete", "Delete a version with its files and aliases; its number is not given again.", "dowel model version delete titanic-survival 2 --reason 'trained on the wrong data'")
    {
        Arguments.Add(model);
        Arguments.Add(version);
        Options.Add(reason);
        Options.Add(yes);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var (name, gone) = (args.GetValue(model)!, args.GetValue(version)!);
        await session.ConfirmAsync(args.GetValue(yes), $"Delete version '{gone}' of '{name}' with its files and aliases?");
        await session.Client.Models.DeleteVersionAsync(name, gone, args.GetValue(reason), cancellationToken);
        return session.Output.Done($"Deleted version {gone} of {name}.", new { model = name, version = gone, deleted = true });
    }
}
