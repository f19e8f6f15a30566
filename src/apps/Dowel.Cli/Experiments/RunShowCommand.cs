using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Experiments;

/// <summary>Shows a run.</summary>
internal sealed class RunShowCommand : ClientCommand
{
    private readonly Argument<string> run = new("run") { Description = "Run id." };
    private readonly Option<string?> metric = new("--metric", "-m") { Description = "Show every value of this metric instead.", HelpName = "key" };

    public RunShowCommand(CliHost host) : base(host, "show", "Show a run: params, metrics, tags; or every value of one metric.", "dowel run show run_01a2…", "dowel run show run_01a2… --metric loss --output json")
    {
        Arguments.Add(run);
        Options.Add(metric);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var id = args.GetValue(run)!;
        if (args.GetValue(metric) is { } key)
        {
            var points = await session.Client.Runs.MetricAsync(id, key, cancellationToken);
            return session.Output.List(points, "There are no values.", new Column<MetricPoint>("Step", p => p.Step, Right: true), new Column<MetricPoint>("Value", p => p.Value, Right: true), new Column<MetricPoint>("At", p => p.At));
        }
        var found = await session.Client.Runs.GetAsync(id, cancellationToken);
        session.Output.Record(
            found,
            ("Name", found.Name), ("Id", found.Id), ("Experiment", found.ExperimentId), ("Status", found.Status), ("User", found.User), ("Started", found.StartedAt), ("Ended", found.EndedAt), ("Tags", Cell.Pairs(found.Tags)));
        session.Output.Section("Params", [.. found.Params.OrderBy(p => p.Key, StringComparer.Ordinal)], new Column<KeyValuePair<string, string>>("Name", p => p.Key), new Column<KeyValuePair<string, string>>("Value", p => p.Value));
        session.Output.Section("Metrics", [.. found.Metrics.OrderBy(p => p.Key, StringComparer.Ordinal)], new Column<KeyValuePair<string, double>>("Name", p => p.Key), new Column<KeyValuePair<string, double>>("Last value", p => p.Value, Right: true));
        return ExitCodes.Ok;
    }
}
