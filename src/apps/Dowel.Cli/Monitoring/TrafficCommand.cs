using System.CommandLine;
using System.Globalization;
using Dowel.Contracts;

namespace Dowel.Cli.Monitoring;

/// <summary>Shows an endpoint's traffic.</summary>
internal sealed class TrafficCommand : ClientCommand
{
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };
    private readonly Option<string?> from = new("--from") { Description = $"Not before: {Instants.Help}.", HelpName = "time" };
    private readonly Option<string?> to = new("--to") { Description = $"Before: {Instants.Help}.", HelpName = "time" };
    private readonly Option<double?> step = new("--step") { Description = "Length of a bucket in seconds.", HelpName = "seconds" };

    public TrafficCommand(CliHost host) : base(host, "traffic", "Requests, errors and latency percentiles of an endpoint over time, by caller and version.", "dowel traffic titanic-survival --from 1h --step 60")
    {
        Arguments.Add(endpoint);
        Options.Add(from);
        Options.Add(to);
        Options.Add(step);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var length = args.GetValue(step);
        if (length is not null && !(length > 0 && length < 1e9)) throw CliException.Usage("--step must be a number of seconds above 0.");
        var traffic = await session.Client.Monitoring.TrafficAsync(
            args.GetValue(endpoint)!,
            Instants.Parse(args.GetValue(from), "--from", Host.Time),
            Instants.Parse(args.GetValue(to), "--to", Host.Time),
            length is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            cancellationToken);
        var total = traffic.Total;
        session.Output.Record(
            traffic,
            ("From", traffic.From), ("To", traffic.To), ("Requests", total.Requests),
            ("Errors", total.Requests == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{total.Errors} ({100.0 * total.Errors / total.Requests:0.##} %)")),
            ("Latency", $"p50 {Cell.Milliseconds(total.P50Ms)} ms, p95 {Cell.Milliseconds(total.P95Ms)} ms, p99 {Cell.Milliseconds(total.P99Ms)} ms"),
            ("Callers", string.Join(", ", traffic.Callers.Select(c => $"{c.Value} {c.Count}"))),
            ("Versions", string.Join(", ", traffic.Versions.Select(v => $"{v.Value} {v.Count}"))));
        session.Output.Section(
            $"By {Cell.Number(traffic.StepSeconds)} s",
            traffic.Buckets,
            new Column<TrafficBucket>("At", b => b.At),
            new Column<TrafficBucket>("Requests", b => b.Figures.Requests, Right: true),
            new Column<TrafficBucket>("Errors", b => b.Figures.Errors, Right: true),
            new Column<TrafficBucket>("p50 ms", b => Cell.Milliseconds(b.Figures.P50Ms), Right: true),
            new Column<TrafficBucket>("p95 ms", b => Cell.Milliseconds(b.Figures.P95Ms), Right: true),
            new Column<TrafficBucket>("p99 ms", b => Cell.Milliseconds(b.Figures.P99Ms), Right: true));
        return ExitCodes.Ok;
    }
}
