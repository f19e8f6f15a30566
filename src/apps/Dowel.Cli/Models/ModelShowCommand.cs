using System.CommandLine;

namespace Dowel.Cli.Models;

/// <summary>Shows a model.</summary>
internal sealed class ModelShowCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };

    public ModelShowCommand(CliHost host) : base(host, "show", "Show a model, its aliases and gate.", "dowel model show titanic-survival") => Arguments.Add(model);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var found = await session.Client.Models.GetAsync(args.GetValue(model)!, cancellationToken);
        return session.Output.Record(found, ResourceRows.Of(found, [("Newest version", found.LatestVersion), ("Aliases", Cell.Pairs(found.Aliases)), .. GateText.Rows(found.Gate)]));
    }
}
