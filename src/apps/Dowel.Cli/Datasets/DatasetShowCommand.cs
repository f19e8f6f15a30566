using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Datasets;

/// <summary>Shows a dataset, its columns and versions.</summary>
internal sealed class DatasetShowCommand : ClientCommand
{
    private readonly Argument<string> dataset = new("dataset") { Description = "Name, project.name or id." };

    public DatasetShowCommand(CliHost host) : base(host, "show", "Show a dataset, its columns and versions.", "dowel dataset show titanic", "dowel dataset show retail.sales --output json") => Arguments.Add(dataset);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var found = await session.Client.Datasets.GetAsync(args.GetValue(dataset)!, cancellationToken);
        session.Output.Record(found, ResourceRows.Of(found, ("Version", found.Latest?.Version), ("Rows", found.Latest?.Rows), ("Size", Cell.Bytes(found.Latest?.Bytes))));
        if (session.Output.IsJson) return ExitCodes.Ok;
        session.Output.Section("Columns", found.Latest?.Columns ?? [], new Column<ColumnInfo>("Name", c => c.Name), new Column<ColumnInfo>("Type", c => c.Type), new Column<ColumnInfo>("May be missing", c => c.Nullable ? "yes" : "no"));
        var versions = await session.Client.Datasets.VersionsAsync(found.Id, cancellationToken: cancellationToken);
        session.Output.Section(
            "Versions",
            versions.Items,
            new Column<DatasetVersion>("Version", v => v.Version, Right: true),
            new Column<DatasetVersion>("Rows", v => v.Rows, Right: true),
            new Column<DatasetVersion>("Source", v => v.Source),
            new Column<DatasetVersion>("By", v => v.CreatedBy),
            new Column<DatasetVersion>("At", v => v.CreatedAt));
        return ExitCodes.Ok;
    }
}
