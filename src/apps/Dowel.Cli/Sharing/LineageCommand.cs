using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Sharing;

/// <summary>Shows lineage.</summary>
internal sealed class LineageCommand : ClientCommand
{
    private readonly Argument<string> resource = new("resource") { Description = ResourceReference.Help };
    private readonly Option<int?> depth = new("--depth") { Description = "How many steps away at most.", HelpName = "n" };

    public LineageCommand(CliHost host) : base(host, "lineage", "Where a thing comes from, and what was made from it.", "dowel lineage model:titanic-survival@1", "dowel lineage dataset:titanic --output json")
    {
        Arguments.Add(resource);
        Options.Add(depth);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var reference = args.GetValue(resource)!;
        var id = await ResourceReference.IdOfAsync(session, reference, cancellationToken);
        var version = reference.Contains(':') && reference.Split('@') is [_, var given] ? given : null;
        return session.Output.List(
            await session.Client.Resources.LineageAsync(id, version, args.GetValue(depth), cancellationToken),
            "Nothing went into it, and nothing was made from it.",
            new Column<LineageEdge>("From", e => Node(e.From)),
            new Column<LineageEdge>("Relation", e => e.Relation),
            new Column<LineageEdge>("To", e => Node(e.To)),
            new Column<LineageEdge>("Since", e => e.At));
    }

    private static string Node(LineageNode node) => $"{node.Kind}:{node.Name}{(node.Version is null ? "" : "@" + node.Version)}";
}
