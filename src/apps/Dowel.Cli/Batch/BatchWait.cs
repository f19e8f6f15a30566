using System.CommandLine;
using Dowel.Contracts;
using Spectre.Console;

namespace Dowel.Cli.Batch;

/// <summary>Waits for a run where that is wished; on a terminal with a bar on standard error.</summary>
internal sealed class BatchWait
{
    private readonly Option<bool> wait = new("--wait", "-w") { Description = "Wait until it has ended; fails if it does." };

    public BatchWait(Command command) => command.Options.Add(wait);

    public bool Wished(ParseResult args) => args.GetValue(wait);

    /// <summary>Waits and prints the run; or says <paramref name="begun"/> where nobody waits.</summary>
    public async Task<int> EndAsync(CliSession session, ParseResult args, BatchRun run, string begun, CancellationToken cancellationToken)
    {
        if (!Wished(args)) return session.Output.Done(begun, run);
        var ended = await ShownAsync(session, run, cancellationToken);
        BatchText.Print(session.Output, ended);
        return ended.State == BatchState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static async Task<BatchRun> ShownAsync(CliSession session, BatchRun run, CancellationToken cancellationToken)
    {
        if (!session.Host.Interactive) return await session.Client.Batch.WaitAsync(run.Id, null, cancellationToken);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(session.Host.Error) });
        return await console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).StartAsync(context =>
        {
            var bar = context.AddTask("rows", maxValue: Math.Max(1, run.Rows));
            return session.Client.Batch.WaitAsync(run.Id, now =>
            {
                bar.Value = now.Done;
                bar.Description = Markup.Escape(Cell.Clean($"{BatchText.Done(now)}{(now.Failed > 0 ? $", {now.Failed} failed" : "")}{(now.Message is null ? "" : $": {now.Message}")}"));
            }, cancellationToken);
        });
    }
}
