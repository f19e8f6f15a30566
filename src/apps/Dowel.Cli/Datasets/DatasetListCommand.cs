using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Datasets;

/// <summary>Lists datasets.</summary>
internal sealed class DatasetListCommand : ClientCommand
{
    private readonly ListOptions list;

    public DatasetListCommand(CliHost host) : base(host, "list", "List the datasets you may see.", "dowel dataset list", "dowel dataset list --project fraud --sort -updated") => list = new ListOptions(this);

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        session.Client.Datasets.AllAsync(list.Query(args), cancellationToken),
        list.Limit(args),
        "There are no datasets. Add one: dowel dataset upload FILE",
        new Column<Dataset>("Name", d => d.Name),
        new Column<Dataset>("Project", d => d.Project),
        new Column<Dataset>("Version", d => d.Latest?.Version, Right: true),
        new Column<Dataset>("Rows", d => d.Latest?.Rows, Right: true),
        new Column<Dataset>("Columns", d => d.Latest?.Columns.Count, Right: true),
        new Column<Dataset>("Size", d => Cell.Bytes(d.Latest?.Bytes), Right: true),
        new Column<Dataset>("Owner", d => d.Owner),
        new Column<Dataset>("Visibility", d => d.Visibility),
        new Column<Dataset>("Updated", d => d.UpdatedAt));
}
