using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Features;

/// <summary>Changes a feature view.</summary>
internal sealed class FeaturesUpdateCommand : ClientCommand
{
    private readonly Argument<string> view = new("view") { Description = "Name, project.name or id." };
    private readonly Option<FeatureState?> state = new("--state") { Description = "Where it stands in its life.", HelpName = "draft|active|deprecated" };
    private readonly Option<string?> description = new("--description", "-d") { Description = "What it is, for people.", HelpName = "text" };
    private readonly Option<string?> owner = new("--owner") { Description = "The user who answers for it.", HelpName = "user" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A tag; may be repeated; replaces all tags.", HelpName = "key=value" };
    private readonly Option<string?> add = new("--add-features") { Description = "A JSON file with a list of features to add.", HelpName = "file" };

    public FeaturesUpdateCommand(CliHost host) : base(host, "update", "Change a feature view: its state, its description, more features.", "dowel features update passenger_features --state active")
    {
        Arguments.Add(view);
        Options.Add(state);
        Options.Add(description);
        Options.Add(owner);
        Options.Add(tags);
        Options.Add(add);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var more = args.GetValue(add) is { } file ? await JsonFile.ReadAsync<List<Feature>>(Host, file, cancellationToken) : null;
        var changed = await session.Client.FeatureViews.UpdateAsync(
            args.GetValue(view)!,
            new PatchFeatureView { State = args.GetValue(state), Description = args.GetValue(description), Owner = args.GetValue(owner), Tags = Lines.PairsOrNull(args.GetValue(tags), "--tag"), AddFeatures = more },
            cancellationToken: cancellationToken);
        return session.Output.Done($"Feature view {changed.Project}.{changed.Name} is {Cell.Of(changed.State)}, revision {changed.Revision}.", changed);
    }
}
