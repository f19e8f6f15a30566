using System.CommandLine;
using System.Globalization;
using Dowel.Contracts;

namespace Dowel.Cli.Experiments;

/// <summary>Logs to a run.</summary>
internal sealed class RunLogCommand : ClientCommand
{
    private readonly Argument<string> run = new("run") { Description = "Run id." };
    private readonly Option<string[]> metrics = new("--metric", "-m") { Description = "A metric, at a step if you like; may be repeated.", HelpName = "key=value[@step]" };
    private readonly Option<string[]> parameters = new("--param", "-p") { Description = "A parameter; may be repeated.", HelpName = "key=value" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A tag; may be repeated.", HelpName = "key=value" };
    private readonly Option<RunStatus?> status = new("--status") { Description = "Then set the status; a final one ends the run.", HelpName = "finished|failed|killed|running" };

    public RunLogCommand(CliHost host) : base(
        host, "log", "Log metrics, params and tags to a run, and end it.", "dowel run log $RUN --metric loss=0.31@12 --metric auc=0.87@12", "dowel run log $RUN --param trees=100 --status finished")
    {
        Arguments.Add(run);
        Options.Add(metrics);
        Options.Add(parameters);
        Options.Add(tags);
        Options.Add(status);
    }

    internal static MetricPoint Point(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var step = text.LastIndexOf('@');
        if (step < at) step = text.Length;
        if (at <= 0
            || !double.TryParse(text.AsSpan(at + 1, step - at - 1), CultureInfo.InvariantCulture, out var value)
            || !long.TryParse(step < text.Length ? text.AsSpan(step + 1) : "0", CultureInfo.InvariantCulture, out var number))
            throw CliException.Usage($"--metric '{text}' is no metric.", "Write --metric name=0.5, or name=0.5@12 for step 12.");
        return new MetricPoint(text[..at], value, number);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var id = args.GetValue(run)!;
        MetricPoint[] points = [.. (args.GetValue(metrics) ?? []).Select(Point)];
        var log = new LogToRun { Metrics = points.Length == 0 ? null : points, Params = Lines.PairsOrNull(args.GetValue(parameters), "--param"), Tags = Lines.PairsOrNull(args.GetValue(tags), "--tag") };
        var any = log.Metrics is not null || log.Params is not null || log.Tags is not null;
        if (!any && args.GetValue(status) is null) throw CliException.Usage("There is nothing to log.", "Give --metric, --param, --tag or --status.");
        if (any) await session.Client.Runs.LogAsync(id, log, cancellationToken);
        if (args.GetValue(status) is { } next) await session.Client.Runs.UpdateAsync(id, new PatchRun { Status = next }, cancellationToken);
        return session.Output.Done($"Logged to {id}.", new { run = id, metrics = points.Length, @params = log.Params?.Count ?? 0, tags = log.Tags?.Count ?? 0, status = args.GetValue(status) });
    }
}
