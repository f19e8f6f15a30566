using System.CommandLine;

namespace Dowel.Cli.Models;

/// <summary>Removes an alias.</summary>
internal sealed class AliasDeleteCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Argument<string> alias = new("alias") { Description = "The alias." };

    private readonly Option<string?> reason = new("--reason", "-r") { Description = "Why; kept in the history.", HelpName = "text" };

    public AliasDeleteCommand(CliHost host) : base(host, "delete", "Remove an alias; the version stays.", "dowel model alias delete titanic-survival candidate")
    {
        Arguments.Add(model);
        Arguments.Add(alias);
        Options.Add(reason);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var (name, gone) = (args.GetValue(model)!, args.GetValue(alias)!);
        await session.Client.Models.DeleteAliasAsync(name, gone, args.GetValue(reason), cancellationToken);
        return session.Output.Done($"{name} has no alias {gone} any more.", new { model = name, alias = gone, deleted = true });
    }
}
