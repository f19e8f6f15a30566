using System.CommandLine;

namespace Dowel.Cli.Batch;

/// <summary>Goes on with a batch run.</summary>
internal sealed class BatchResumeCommand : ClientCommand
{
    private readonly Argument<string> run = new("run") { Description = "The run's id." };
    private readonly BatchWait wait;

    public BatchResumeCommand(CliHost host) : base(host, "resume", "Go on with a batch run that failed or was cancelled; rows that failed are tried again.", "dowel batch resume batch_018f… --wait")
    {
        Arguments.Add(run);
        wait = new BatchWait(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var resumed = await session.Client.Batch.ResumeAsync(args.GetValue(run)!, cancellationToken);
        return await wait.EndAsync(session, args, resumed, $"{resumed.Id} goes on.", cancellationToken);
    }
}
