using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Features;

/// <summary>Makes a feature view from a file.</summary>
internal sealed class FeaturesCreateCommand : ClientCommand
{
    private readonly Option<string> file = new("--file", "-f") { Description = "The view as JSON; '-' for standard input.", Required = true, HelpName = "spec.json" };

    public FeaturesCreateCommand(CliHost host) : base(
        host,
        "create",
        "Make a feature view as a JSON file describes it: name, entity, features.",
        "dowel features create -f spec.json",
        """echo '{"name":"riders","entity":{"name":"rider_id","type":"int64"},"features":[{"name":"trips","type":"int64"}]}' | dowel features create -f -""") => Options.Add(file);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var spec = await JsonFile.ReadAsync<CreateFeatureView>(Host, args.GetValue(file)!, cancellationToken);
        var made = await session.Client.FeatureViews.CreateAsync(spec, cancellationToken);
        return session.Output.Done($"Created feature view {made.Project}.{made.Name} with {made.Features.Count} features.", made);
    }
}
