using System.CommandLine;

namespace Dowel.Cli.Monitoring;

/// <summary>Shows how right an endpoint was.</summary>
internal sealed class QualityCommand : ClientCommand
{
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };
    private readonly Option<string?> from = new("--from") { Description = $"Not before: {Instants.Help}.", HelpName = "time" };
    private readonly Option<string?> which = new("--output-name") { Description = "The output to compare; default the server chooses.", HelpName = "name" };
    private readonly Option<string?> to = new("--to") { Description = $"Before: {Instants.Help}.", HelpName = "time" };

    public QualityCommand(CliHost host) : base(host, "quality", "How right an endpoint was, where the ground truth is known.", "dowel quality titanic-survival", "dowel quality titanic-survival --from 7d")
    {
        Arguments.Add(endpoint);
        Options.Add(from);
        Options.Add(to);
        Options.Add(which);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var quality = await session.Client.Monitoring.QualityAsync(
            args.GetValue(endpoint)!, args.GetValue(which), Instants.Parse(args.GetValue(from), "--from", Host.Time), Instants.Parse(args.GetValue(to), "--to", Host.Time), cancellationToken);
        session.Output.Record(
            quality,
            [("Rows with ground truth", $"{quality.Labeled} of {quality.Predicted}"), ("Output", quality.Output), ("Task", quality.Task), .. quality.Metrics.Select(m => (m.Key, (object?)m.Value))]);
        session.Output.Section(
            "Truth (rows) against predictions (columns)",
            [.. quality.Confusion.Zip(quality.Classes, (row, name) => (Name: name, Row: row))],
            [new Column<(string Name, long[] Row)>("", r => r.Name), .. quality.Classes.Select((c, i) => new Column<(string Name, long[] Row)>(c, r => i < r.Row.Length ? r.Row[i] : null, Right: true))]);
        return ExitCodes.Ok;
    }
}
