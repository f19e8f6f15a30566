using System.CommandLine;

namespace Dowel.Cli.Datasets;

/// <summary>Shows some rows.</summary>
internal sealed class DatasetSampleCommand : ClientCommand
{
    private readonly Argument<string> dataset = new("dataset") { Description = "Name, project.name or id." };
    private readonly Option<int?> version = new("--version", "-v") { Description = "A version; default the newest.", HelpName = "n" };
    private readonly Option<int> limit = ListOptions.LimitOption(10);

    public DatasetSampleCommand(CliHost host) : base(host, "sample", "Show some rows of a dataset.", "dowel dataset sample titanic --limit 5")
    {
        Arguments.Add(dataset);
        Options.Add(version);
        Options.Add(limit);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var table = await session.Client.Datasets.SampleAsync(args.GetValue(dataset)!, args.GetValue(version), args.GetValue(limit), cancellationToken);
        return session.Output.Data(table, table.Columns, table.Rows);
    }
}
