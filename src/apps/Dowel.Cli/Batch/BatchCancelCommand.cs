using System.CommandLine;

namespace Dowel.Cli.Batch;

/// <summary>Cancels a batch run.</summary>
internal sealed class BatchCancelCommand : ClientCommand
{
    private readonly Argument<string> run = new("run") { Description = "The run's id." };

    public BatchCancelCommand(CliHost host) : base(host, "cancel", "Stop a batch run; what is done is kept for it to be resumed.", "dowel batch cancel batch_018f…") => Arguments.Add(run);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var cancelled = await session.Client.Batch.CancelAsync(args.GetValue(run)!, cancellationToken);
        return session.Output.Done($"Cancelled {cancelled.Id}. Go on with it: dowel batch resume {cancelled.Id}", cancelled);
    }
}
