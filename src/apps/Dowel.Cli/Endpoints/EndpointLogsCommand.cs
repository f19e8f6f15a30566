using System.CommandLine;

namespace Dowel.Cli.Endpoints;

/// <summary>Prints the log of a deployment.</summary>
internal sealed class EndpointLogsCommand : ClientCommand
{
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };
    private readonly Option<string?> deployment = new("--deployment") { Description = "The deployment, by name or id; default the newest.", HelpName = "name" };
    private readonly Option<bool> follow = new("--follow", "-f") { Description = "Go on with what comes, until Ctrl-C." };
    private readonly Option<int> tail = new("--tail", "-n") { Description = "How many of the latest lines; default 500.", HelpName = "n", DefaultValueFactory = _ => 500 };

    public EndpointLogsCommand(CliHost host) : base(
        host, "logs", "What a deployment's model prints and what happens to it: start-up steps, failures, tracebacks. As JSON: one object a line. The predictions are under 'dowel logs'.",
        "dowel endpoint logs churn", "dowel endpoint logs churn --follow --tail 20", "dowel endpoint logs churn --deployment v3")
    {
        Arguments.Add(endpoint);
        Options.Add(deployment);
        Options.Add(follow);
        Options.Add(tail);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var name = args.GetValue(endpoint)!;
        var of = args.GetValue(deployment) ?? (await session.Client.Endpoints.GetAsync(name, cancellationToken)).Deployments.LastOrDefault()?.Id
            ?? throw new CliException($"'{name}' has no deployment.");
        await foreach (var line in session.Client.Endpoints.LogAsync(name, of, args.GetValue(tail), args.GetValue(follow), cancellationToken))
        {
            if (session.Output.IsJson) session.Output.JsonLine(LogLine.Of(line));
            else await session.Host.Out.WriteLineAsync(Cell.Clean(line));
        }
        return ExitCodes.Ok;
    }

    /// <summary>A line, with its time apart.</summary>
    internal sealed record LogLine(string At, string Text)
    {
        public static LogLine Of(string line) => line.Split(' ', 2) is [var at, var text] ? new(at, text) : new("", line);
    }
}
