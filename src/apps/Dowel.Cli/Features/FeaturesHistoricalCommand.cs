using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Features;

/// <summary>Joins features as they were.</summary>
internal sealed class FeaturesHistoricalCommand : ClientCommand
{
    private readonly Argument<string[]> features = new("features") { Description = "view, or view:feature; one or more.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> entities = new("--entities", "-e") { Description = "A .csv file with the join keys, event_timestamp and any columns to keep (labels), or a table as .json.", Required = true, HelpName = "file" };
    private readonly DownloadTarget target;

    public FeaturesHistoricalCommand(CliHost host) : base(
        host,
        "historical",
        "Join features to rows as they were at each row's time: a training set without leaks from the future.",
        "dowel features historical passenger_features -e labels.csv",
        "dowel features historical passenger_features:age passenger_features:title -e labels.csv --to training.csv")
    {
        Arguments.Add(features);
        Options.Add(entities);
        target = new DownloadTarget(this, "a .csv file; default prints it");
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var rows = await TableFile.ReadAsync(Host, args.GetValue(entities)!, cancellationToken);
        var answer = await session.Client.FeatureViews.HistoricalAsync(new HistoricalFeaturesRequest { Features = args.GetValue(features)!, EntityRows = rows }, cancellationToken);
        if (target.To(args) is { } path && path != "-")
        {
            await target.SaveFileAsync(args, path, () => Task.FromResult<Stream>(new MemoryStream(CsvText.Of(answer.Table))), cancellationToken);
            return session.Output.Done($"{path}: {answer.Table.Rows.Count} rows, {answer.Table.Columns.Count} columns, from {string.Join(", ", answer.Sources)}.", new { path, rows = answer.Table.Rows.Count, answer.Sources });
        }
        await session.Output.NoteAsync($"From {string.Join(", ", answer.Sources)}");
        return session.Output.Data(answer, answer.Table.Columns, answer.Table.Rows);
    }
}
