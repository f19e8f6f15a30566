using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Shows a version.</summary>
internal sealed class VersionShowCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Argument<string> version = new("version") { Description = "Number or alias." };

    public VersionShowCommand(CliHost host) : base(host, "show", "Show a version: signature, metrics, training data, files, gate.", "dowel model version show titanic-survival production")
    {
        Arguments.Add(model);
        Arguments.Add(version);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var found = await session.Client.Models.GetVersionAsync(args.GetValue(model)!, args.GetValue(version)!, cancellationToken);
        session.Output.Record(
            found,
            ("Model", found.Model), ("Version", found.Version), ("Id", found.Id), ("Description", found.Description), ("Flavor", found.Flavor), ("Aliases", string.Join(", ", found.Aliases)),
            ("Stage", found.Stage is "None" ? null : found.Stage), ("Run", found.RunId), ("Source", found.Source), ("Metrics", Cell.Pairs(found.Metrics)), ("Training data", string.Join(", ", found.TrainingData)), ("Tags", Cell.Pairs(found.Tags)),
            ("Gate", found.Gate is null ? "not run" : found.Gate.Passed ? "passed" : "FAILED"), ("Created", $"{Cell.Of(found.CreatedAt)} by {found.CreatedBy}"));
        session.Output.Section("Inputs", found.Signature?.Inputs ?? [], SignatureColumns.All);
        session.Output.Section("Outputs", found.Signature?.Outputs ?? [], SignatureColumns.All);
        session.Output.Section("Gate", found.Gate?.Checks ?? [], GateText.Columns);
        session.Output.Section("Files", found.Files, new Column<ArtifactInfo>("Path", f => f.Path), new Column<ArtifactInfo>("Size", f => Cell.Bytes(f.Bytes), Right: true), new Column<ArtifactInfo>("SHA-256", f => f.Hash));
        return ExitCodes.Ok;
    }
}
