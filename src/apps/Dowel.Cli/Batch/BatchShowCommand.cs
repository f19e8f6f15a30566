using System.CommandLine;

namespace Dowel.Cli.Batch;

/// <summary>Shows a batch run.</summary>
internal sealed class BatchShowCommand : ClientCommand
{
    private readonly Argument<string> run = new("run") { Description = "The run's id." };
    private readonly BatchWait wait;

    public BatchShowCommand(CliHost host) : base(host, "show", "Show a batch run: how far it is and what came of it.", "dowel batch show batch_018f…", "dowel batch show batch_018f… --wait")
    {
        Arguments.Add(run);
        wait = new BatchWait(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var found = await session.Client.Batch.GetAsync(args.GetValue(run)!, cancellationToken);
        if (wait.Wished(args)) return await wait.EndAsync(session, args, found, "", cancellationToken);
        return BatchText.Print(session.Output, found);
    }
}
