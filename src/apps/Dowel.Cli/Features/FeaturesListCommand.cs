using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Features;

/// <summary>Lists feature views.</summary>
internal sealed class FeaturesListCommand : ClientCommand
{
    private readonly ListOptions list;

    public FeaturesListCommand(CliHost host) : base(host, "list", "List the feature views you may see.", "dowel features list", "dowel features list --search passenger") => list = new ListOptions(this);

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        session.Client.FeatureViews.AllAsync(list.Query(args), cancellationToken),
        list.Limit(args),
        "There are no feature views. Make one: dowel features create -f spec.json",
        new Column<FeatureView>("Name", v => v.Name),
        new Column<FeatureView>("Project", v => v.Project),
        new Column<FeatureView>("Entity", v => v.Entity.Name),
        new Column<FeatureView>("Features", v => v.Features.Count, Right: true),
        new Column<FeatureView>("State", v => v.State),
        new Column<FeatureView>("Rows", v => v.Rows, Right: true),
        new Column<FeatureView>("Online", v => v.Online ? v.OnlineEntities : null, Right: true),
        new Column<FeatureView>("Last push", v => v.LastPushAt));
}
