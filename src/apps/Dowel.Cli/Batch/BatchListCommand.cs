using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Batch;

/// <summary>Lists batch runs.</summary>
internal sealed class BatchListCommand : ClientCommand
{
    private readonly Option<string?> endpoint = new("--endpoint", "-e") { Description = "Only those of this endpoint.", HelpName = "endpoint" };
    private readonly ListOptions list;

    public BatchListCommand(CliHost host) : base(host, "list", "List the batch runs of your projects, newest first.", "dowel batch list", "dowel batch list --endpoint titanic-survival")
    {
        Options.Add(endpoint);
        list = new ListOptions(this);
    }

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        session.Client.Batch.AllAsync(list.Query(args), args.GetValue(endpoint), cancellationToken),
        list.Limit(args),
        "There are no batch runs. Start one: dowel batch create --endpoint ENDPOINT --input DATASET --to DATASET",
        new Column<BatchRun>("Id", r => r.Id),
        new Column<BatchRun>("State", r => r.State),
        new Column<BatchRun>("Runs", BatchText.Model),
        new Column<BatchRun>("Input", BatchText.Input),
        new Column<BatchRun>("Output", r => $"{r.Project}.{r.Output}"),
        new Column<BatchRun>("Done", BatchText.Done, Right: true),
        new Column<BatchRun>("Failed", r => r.Failed, Right: true),
        new Column<BatchRun>("Started", r => r.CreatedAt));
}
