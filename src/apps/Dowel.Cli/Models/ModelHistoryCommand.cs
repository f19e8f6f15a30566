using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Lists alias moves.</summary>
internal sealed class ModelHistoryCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };

    public ModelHistoryCommand(CliHost host) : base(host, "history", "Every move of a model's aliases: from which version to which, by whom, why.", "dowel model history titanic-survival") => Arguments.Add(model);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.List(
        await session.Client.Models.AliasHistoryAsync(args.GetValue(model)!, cancellationToken),
        "No alias was moved yet.",
        new Column<AliasMove>("At", m => m.At),
        new Column<AliasMove>("Alias", m => m.Alias),
        new Column<AliasMove>("From", m => m.From, Right: true),
        new Column<AliasMove>("To", m => m.To is { } to ? to : "removed", Right: true),
        new Column<AliasMove>("By", m => m.By),
        new Column<AliasMove>("Why", m => m.Reason));
}
