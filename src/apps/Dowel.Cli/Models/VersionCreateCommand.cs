using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Registers a version from a run.</summary>
internal sealed class VersionCreateCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Option<string?> run = new("--run") { Description = "The run whose artifacts it is made of.", HelpName = "id" };
    private readonly Option<string?> path = new("--artifact-path") { Description = "The model's folder among them; default model.", HelpName = "path" };
    private readonly Option<string?> flavor = new("--flavor") { Description = "How the files are to be loaded, such as mlnet.", HelpName = "name" };
    private readonly Option<string?> description = new("--description", "-d") { Description = "What it is.", HelpName = "text" };
    private readonly Option<string?> file = new("--file", "-f") { Description = "A JSON file with all of it, with signature and input example; options override it.", HelpName = "version.json" };
    private readonly Option<string[]> data = new("--training-data") { Description = "What it learned from; may be repeated.", HelpName = "dataset:name@1" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A tag; may be repeated.", HelpName = "key=value" };

    public VersionCreateCommand(CliHost host) : base(
        host, "create", "Register a version of a model from a run's artifacts.", "dowel model version create titanic-survival --run $RUN --flavor mlnet -f version.json", "dowel model version create titanic-survival --run $RUN --flavor mlnet --training-data dataset:titanic@1")
    {
        Arguments.Add(model);
        Options.Add(run);
        Options.Add(path);
        Options.Add(flavor);
        Options.Add(description);
        Options.Add(file);
        Options.Add(data);
        Options.Add(tags);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var spec = args.GetValue(file) is { } source ? await JsonFile.ReadAsync<CreateModelVersion>(Host, source, cancellationToken) : new CreateModelVersion();
        spec = spec with
        {
            RunId = args.GetValue(run) ?? spec.RunId,
            ArtifactPath = args.GetValue(path) ?? spec.ArtifactPath,
            Flavor = args.GetValue(flavor) ?? spec.Flavor,
            Description = args.GetValue(description) ?? spec.Description,
            TrainingData = args.GetValue(data) is { Length: > 0 } given ? given : spec.TrainingData,
            Tags = Lines.PairsOrNull(args.GetValue(tags), "--tag") ?? spec.Tags,
        };
        if (spec.RunId.Length == 0) throw CliException.Usage("Which run the version is made from is missing.", "Give --run, or \"runId\" in the file.");
        var made = await session.Client.Models.CreateVersionAsync(args.GetValue(model)!, spec, cancellationToken);
        return session.Output.Done($"Registered {made.Model} version {made.Version}.", made);
    }
}
