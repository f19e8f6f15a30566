using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Monitoring;

/// <summary>Prints the prediction log.</summary>
internal sealed class LogsCommand : ClientCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };
    private readonly Option<bool> follow = new("--follow", "-f") { Description = "Go on with what comes, until Ctrl-C. As JSON: one object a line." };
    private readonly Option<string?> from = new("--from") { Description = $"Not before: {Instants.Help}.", HelpName = "time" };
    private readonly Option<string?> to = new("--to") { Description = $"Before: {Instants.Help}.", HelpName = "time" };
    private readonly Option<string?> caller = new("--caller") { Description = "Only by this caller.", HelpName = "user" };
    private readonly Option<string?> outcome = new("--outcome") { Description = "Only ok or error.", HelpName = "ok|error" };
    private readonly Option<string?> id = new("--id") { Description = "Show this one prediction, with the joined features.", HelpName = "prediction" };
    private readonly Option<int> limit = ListOptions.LimitOption(20);

    private int callerWidth;

    public LogsCommand(CliHost host) : base(
        host, "logs", "The newest predictions of an endpoint: who called, what with, what came back, how long it took. With less than edit on it, your own alone.", "dowel logs titanic-survival --follow", "dowel logs titanic-survival --from 1h --outcome error", "dowel logs titanic-survival --id pred_01a2…")
    {
        outcome.AcceptOnlyFromAmong("ok", "error");
        Arguments.Add(endpoint);
        Options.Add(follow);
        Options.Add(from);
        Options.Add(to);
        Options.Add(caller);
        Options.Add(outcome);
        Options.Add(id);
        Options.Add(limit);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        if (args.GetValue(id) is { } one) return Show(session, await session.Client.Monitoring.PredictionAsync(one, cancellationToken));
        var name = args.GetValue(endpoint)!;
        var most = args.GetValue(limit);
        var query = new PredictionQuery
        {
            From = Instants.Parse(args.GetValue(from), "--from", Host.Time),
            To = Instants.Parse(args.GetValue(to), "--to", Host.Time),
            Caller = args.GetValue(caller),
            Outcome = args.GetValue(outcome),
            Limit = Math.Min(most, 1000),
        };
        var newest = await session.Client.Monitoring.AllPredictionsAsync(name, query, cancellationToken).Take(most).ToListAsync(cancellationToken);
        newest.Reverse();
        if (!args.GetValue(follow) && session.Output.IsJson)
        {
            session.Output.WriteJson(newest);
            return ExitCodes.Ok;
        }
        callerWidth = newest.Select(p => p.Caller.Length).DefaultIfEmpty().Max();
        foreach (var prediction in newest) Print(session, prediction);
        if (args.GetValue(follow)) await FollowAsync(session, name, query, newest, cancellationToken);
        else if (newest.Count == 0) await session.Output.NoteAsync("There are no predictions that you may see.");
        return ExitCodes.Ok;
    }

    private static int Show(CliSession session, Prediction p) => session.Output.Record(
        p,
        ("Id", p.Id), ("At", p.At), ("Endpoint", p.Endpoint), ("Caller", p.Caller), ("Model", p.Model), ("Deployment", p.Deployment), ("Protocol", p.Protocol), ("Status", p.Status), ("Error", p.Error),
        ("Latency", $"{Cell.Number(p.LatencyMs)} ms (features {Cell.Number(p.FeaturesMs)}, model {Cell.Number(p.ModelMs)})"),
        ("Inputs", p.Inputs.Count == 0 ? null : p.Inputs), ("Features", p.Features.Count == 0 ? null : p.Features), ("Outputs", p.Outputs.Count == 0 ? null : p.Outputs), ("Ground truth", p.GroundTruth));

    private void Print(CliSession session, Prediction prediction)
    {
        if (session.Output.IsJson) session.Output.JsonLine(prediction);
        else session.Host.Out.WriteLine(PredictionText.Line(prediction, callerWidth));
    }

    private async Task FollowAsync(CliSession session, string name, PredictionQuery query, List<Prediction> shown, CancellationToken cancellationToken)
    {
        var last = shown.Count > 0 ? shown[^1].At : query.From ?? Host.Time.GetUtcNow();
        var seen = shown.Where(p => p.At == last).Select(p => p.Id).ToHashSet();
        while (true)
        {
            await Task.Delay(Pause, Host.Time, cancellationToken);
            // From the last instant on, inclusive: others may bear the same one.
            var next = await session.Client.Monitoring.AllPredictionsAsync(name, query with { From = last, Limit = 1000 }, cancellationToken).ToListAsync(cancellationToken);
            next.Reverse();
            foreach (var prediction in next.Where(p => !seen.Contains(p.Id)))
            {
                Print(session, prediction);
                if (prediction.At > last) seen.Clear();
                last = prediction.At;
                seen.Add(prediction.Id);
            }
        }
    }
}
