using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Shows or sets a gate.</summary>
internal sealed class ModelGateCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Option<string?> file = new("--file", "-f") { Description = "Set the gate that this JSON file has; '-' for standard input.", HelpName = "gate.json" };

    public ModelGateCommand(CliHost host) : base(
        host,
        "gate",
        "Show or set what a version must pass before a protected alias moves to it.",
        "dowel model gate titanic-survival",
        """echo '{"metrics":[{"metric":"auc","min":0.8}],"latencyBudgetMs":50}' | dowel model gate titanic-survival -f -""")
    {
        Arguments.Add(model);
        Options.Add(file);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var name = args.GetValue(model)!;
        var found = args.GetValue(file) is { } path
            ? await session.Client.Models.SetGateAsync(name, await JsonFile.ReadAsync<ValidationGate>(Host, path, cancellationToken), cancellationToken)
            : await session.Client.Models.GetAsync(name, cancellationToken);
        return session.Output.Record(found.Gate, GateText.Rows(found.Gate));
    }
}
