using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Features;

/// <summary>Shows a feature view.</summary>
internal sealed class FeaturesShowCommand : ClientCommand
{
    private readonly Argument<string> view = new("view") { Description = "Name, project.name or id." };
    private readonly Option<int?> values = new("--values") { Description = "Show this many of the newest rows instead.", HelpName = "n" };

    public FeaturesShowCommand(CliHost host) : base(host, "show", "Show a feature view and its features, or its newest rows.", "dowel features show passenger_features", "dowel features show passenger_features --values 20")
    {
        Arguments.Add(view);
        Options.Add(values);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var name = args.GetValue(view)!;
        if (args.GetValue(values) is { } count)
        {
            var table = await session.Client.FeatureViews.ValuesAsync(name, count, cancellationToken);
            return session.Output.Data(table, table.Columns, table.Rows);
        }
        var found = await session.Client.FeatureViews.GetAsync(name, cancellationToken);
        session.Output.Record(found, ResourceRows.Of(
            found,
            ("Entity", $"{found.Entity.Name} ({found.Entity.Type})"),
            ("Timestamp", found.TimestampField),
            ("Valid for", found.TtlSeconds is { } ttl ? $"{ttl} s" : "ever"),
            ("State", found.State),
            ("Rows", found.Rows),
            ("Online entities", found.Online ? found.OnlineEntities : "not kept online"),
            ("Data version", found.DataVersion),
            ("Last push", found.LastPushAt)));
        session.Output.Section(
            "Features",
            found.Features,
            new Column<Feature>("Name", f => f.Name),
            new Column<Feature>("Type", f => f.Type),
            new Column<Feature>("Default", f => f.Default),
            new Column<Feature>("Description", f => f.Description));
        return ExitCodes.Ok;
    }
}
