using System.CommandLine;

namespace Dowel.Cli.Models;

/// <summary>Points an alias at a version.</summary>
internal sealed class AliasSetCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Argument<string> alias = new("alias") { Description = "The alias, such as production." };
    private readonly Argument<int> version = new("version") { Description = "The version's number." };
    private readonly Option<string?> reason = new("--reason", "-r") { Description = "Why; kept in the history.", HelpName = "text" };

    public AliasSetCommand(CliHost host) : base(
        host, "set", "Point an alias at a version. A protected alias, such as production, moves only past the gate.", "dowel model alias set titanic-survival production 2 --reason 'AUC 0.87, was 0.85'")
    {
        Arguments.Add(model);
        Arguments.Add(alias);
        Arguments.Add(version);
        Options.Add(reason);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var (name, to, number) = (args.GetValue(model)!, args.GetValue(alias)!, args.GetValue(version));
        await session.Client.Models.SetAliasAsync(name, to, number, args.GetValue(reason), cancellationToken);
        return session.Output.Done($"{to} of {name} is version {number}.", new { model = name, alias = to, version = number });
    }
}
