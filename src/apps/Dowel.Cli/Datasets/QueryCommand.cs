using System.CommandLine;

namespace Dowel.Cli.Datasets;

/// <summary>Runs a SQL query.</summary>
internal sealed class QueryCommand : ClientCommand
{
    private readonly Argument<string> sql = new("sql") { Description = "One SELECT statement; '-' reads it from standard input." };
    private readonly Option<int> limit = ListOptions.LimitOption(1000);

    public QueryCommand(CliHost host) : base(
        host,
        "query",
        "Run one SELECT over the datasets that you may use; each is a table of its name, or \"project\".\"name\".",
        "dowel query 'SELECT passenger_class, sex, avg(survived) FROM titanic GROUP BY ALL ORDER BY ALL'",
        "dowel query - --output json < report.sql")
    {
        Arguments.Add(sql);
        Options.Add(limit);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var text = args.GetValue(sql)!;
        if (text == "-") text = await Host.In.ReadToEndAsync(cancellationToken);
        var result = await session.Client.Datasets.QueryAsync(text, args.GetValue(limit), cancellationToken);
        session.Output.Data(result, result.Columns, result.Rows);
        await session.Output.NoteAsync($"{result.Rows.Count} {(result.Rows.Count == 1 ? "row" : "rows")}{(result.Truncated ? " (there are more: give a higher --limit)" : "")} in {Cell.Number(Math.Round(result.ElapsedMs, 1))} ms");
        return ExitCodes.Ok;
    }
}
