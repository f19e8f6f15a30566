using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Lists versions.</summary>
internal sealed class VersionListCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Option<int> limit = ListOptions.LimitOption();

    public VersionListCommand(CliHost host) : base(host, "list", "List the versions of a model.", "dowel model version list titanic-survival")
    {
        Arguments.Add(model);
        Options.Add(limit);
    }

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        session.Client.Models.AllVersionsAsync(args.GetValue(model)!, cancellationToken: cancellationToken),
        args.GetValue(limit),
        "The model has no versions.",
        new Column<ModelVersion>("Version", v => v.Version, Right: true),
        new Column<ModelVersion>("Aliases", v => string.Join(", ", v.Aliases)),
        new Column<ModelVersion>("Flavor", v => v.Flavor),
        new Column<ModelVersion>("Gate", v => v.Gate is null ? "not run" : v.Gate.Passed ? "passed" : "FAILED"),
        new Column<ModelVersion>("Metrics", v => Few(v.Metrics)),
        new Column<ModelVersion>("Run", v => v.RunId),
        new Column<ModelVersion>("By", v => v.CreatedBy),
        new Column<ModelVersion>("At", v => v.CreatedAt));

    private static string Few(IReadOnlyDictionary<string, double> metrics) =>
        Cell.Pairs(metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Take(4).ToDictionary()) + (metrics.Count > 4 ? ", …" : "");
}
