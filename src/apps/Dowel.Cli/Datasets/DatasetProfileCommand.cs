using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Datasets;

/// <summary>Shows the profile of a dataset version.</summary>
internal sealed class DatasetProfileCommand : ClientCommand
{
    private readonly Argument<string> dataset = new("dataset") { Description = "Name, project.name or id." };
    private readonly Option<int?> version = new("--version", "-v") { Description = "A version; default the newest.", HelpName = "n" };

    public DatasetProfileCommand(CliHost host) : base(host, "profile", "Show each column's figures: missing, distinct, range, mean, quantiles, frequent values. Histograms and correlations with --output json.", "dowel dataset profile titanic", "dowel dataset profile titanic --version 1 --output json")
    {
        Arguments.Add(dataset);
        Options.Add(version);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var profile = await session.Client.Datasets.ProfileAsync(args.GetValue(dataset)!, args.GetValue(version), cancellationToken);
        if (session.Output.IsJson)
        {
            session.Output.WriteJson(profile);
            return ExitCodes.Ok;
        }
        await session.Output.NoteAsync(profile.ColumnsLeftOut == 0 ? $"{profile.Rows} rows" : $"{profile.Rows} rows; the first {profile.Columns.Count} columns, without the {profile.ColumnsLeftOut} after them");
        return session.Output.List(
            profile.Columns,
            "There are no columns.",
            new Column<ColumnProfile>("Column", c => c.Name),
            new Column<ColumnProfile>("Type", c => c.Type),
            new Column<ColumnProfile>("Missing", c => c.Missing, Right: true),
            new Column<ColumnProfile>("Distinct", c => c.Distinct, Right: true),
            new Column<ColumnProfile>("Min", c => Short(c.Min), Right: true),
            new Column<ColumnProfile>("Max", c => Short(c.Max), Right: true),
            new Column<ColumnProfile>("Mean", c => c.Mean, Right: true),
            new Column<ColumnProfile>("Std", c => c.Std, Right: true),
            new Column<ColumnProfile>("25 %", c => c.Quantiles.TryGetValue("0.25", out var q) ? q : null, Right: true),
            new Column<ColumnProfile>("50 %", c => c.Quantiles.TryGetValue("0.5", out var q) ? q : null, Right: true),
            new Column<ColumnProfile>("75 %", c => c.Quantiles.TryGetValue("0.75", out var q) ? q : null, Right: true),
            new Column<ColumnProfile>("Most frequent", c => c.Top.Count == 0 ? null : $"{Short(c.Top[0].Value)} ({c.Top[0].Count})"));
    }

    private static string Short(object? value)
    {
        var text = Cell.Of(value);
        return text.Length > 24 ? text[..23] + "…" : text;
    }
}
