using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Experiments;

/// <summary>Lists runs with their metrics.</summary>
internal sealed class RunListCommand : ClientCommand
{
    private readonly Argument<string> experiment = new("experiment") { Description = "Name, project.name or id." };
    private readonly Option<string?> search = new("--search") { Description = "Only those whose name contains this.", HelpName = "text" };
    private readonly Option<RunStatus?> status = new("--status") { Description = "Only this status.", HelpName = "running|scheduled|finished|failed|killed" };
    private readonly Option<string?> sort = new("--sort") { Description = "started, ended, name, status, user, metrics.KEY, params.KEY or tags.KEY; '-' before it for descending; several with commas.", HelpName = "columns" };
    private readonly Option<string?> filter = new("--filter") { Description = "Only those that fit a filter in MLflow's grammar.", HelpName = "filter" };
    private readonly Option<bool> deleted = new("--deleted") { Description = "Those in the bin." };
    private readonly Option<string[]> metrics = new("--metric", "-m") { Description = "Show this metric; default the first six.", HelpName = "key" };
    private readonly Option<int> limit = ListOptions.LimitOption();

    public RunListCommand(CliHost host) : base(host, "list", "List the runs of an experiment with their metrics.", "dowel run list titanic --sort -metrics.auc", "dowel run list titanic --filter \"metrics.auc > 0.8 AND params.model = 'forest'\"", "dowel run list titanic --status failed")
    {
        Arguments.Add(experiment);
        Options.Add(search);
        Options.Add(status);
        Options.Add(filter);
        Options.Add(sort);
        Options.Add(deleted);
        Options.Add(metrics);
        Options.Add(limit);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var most = args.GetValue(limit);
        var query = new RunQuery
        {
            Search = args.GetValue(search),
            Status = args.GetValue(status),
            Filter = args.GetValue(filter),
            Sort = args.GetValue(sort),
            View = args.GetValue(deleted) ? LifecycleView.Deleted : LifecycleView.Active,
            Limit = Math.Min(most + 1, 1000),
        };
        var runs = await session.Client.Runs.AllAsync(args.GetValue(experiment)!, query, cancellationToken).Take(most + 1).ToListAsync(cancellationToken);
        var shown = runs.Take(most).ToList();
        var wanted = args.GetValue(metrics) is { Length: > 0 } named ? named : [.. shown.SelectMany(r => r.Metrics.Keys).Distinct().Order(StringComparer.Ordinal).Take(6)];
        session.Output.List(
            shown,
            "There are no runs.",
            [
                new Column<Run>("Id", r => r.Id),
                new Column<Run>("Name", r => r.Name),
                new Column<Run>("Status", r => r.Status),
                new Column<Run>("User", r => r.User),
                new Column<Run>("Started", r => r.StartedAt),
                .. wanted.Select(key => new Column<Run>(key, r => r.Metrics.TryGetValue(key, out var value) ? value : null, Right: true)),
            ]);
        if (runs.Count > most) await session.Output.NoteAsync($"There are more than {most}; give a higher --limit.");
        return ExitCodes.Ok;
    }
}
