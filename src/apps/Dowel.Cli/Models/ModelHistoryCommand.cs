using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Lists the changes of a model.</summary>
internal sealed class ModelHistoryCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Option<ModelChangeKind?> kind = new("--kind", "-k") { Description = "Only changes of this kind.", HelpName = "alias|stage|name|description|tag|version|gate|approval" };
    private readonly Option<int?> version = new("--version", "-v") { Description = "Only changes of this version.", HelpName = "number" };
    private readonly Option<int> limit = new("--limit") { Description = "How many at most, newest first.", DefaultValueFactory = _ => 50, HelpName = "n" };

    public ModelHistoryCommand(CliHost host) : base(
        host, "history", "Every change of a model and its versions: what, by whom, why, from what to what.", "dowel model history titanic-survival", "dowel model history titanic-survival --kind alias")
    {
        Arguments.Add(model);
        Options.Add(kind);
        Options.Add(version);
        Options.Add(limit);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var query = new HistoryQuery { Kind = args.GetValue(kind), Version = args.GetValue(version), Limit = args.GetValue(limit) };
        return session.Output.List(
            (await session.Client.Models.HistoryAsync(args.GetValue(model)!, query, cancellationToken)).Items,
            "Nothing has changed yet.",
            new Column<ModelChange>("At", c => c.At),
            new Column<ModelChange>("What", c => string.Join(' ', new[] { What(c.Kind), c.Subject }.Where(t => t.Length > 0))),
            new Column<ModelChange>("Version", c => c.Version, Right: true),
            new Column<ModelChange>("From", c => Short(c.From)),
            new Column<ModelChange>("To", c => c.To is { } to ? Short(to) : "removed"),
            new Column<ModelChange>("By", c => c.By),
            new Column<ModelChange>("Why", c => c.Reason));
    }

    private static string What(ModelChangeKind kind) => kind.ToString().ToLowerInvariant();

    private static string? Short(string? text) => text is { Length: > 60 } ? text[..59] + "…" : text;
}
