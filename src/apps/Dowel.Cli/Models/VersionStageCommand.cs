using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Moves a version to a stage.</summary>
internal sealed class VersionStageCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Argument<string> version = new("version") { Description = "Number or alias." };
    private readonly Argument<string> stage = new("stage") { Description = "None, Staging, Production or Archived." };
    private readonly Option<bool> archive = new("--archive-existing") { Description = "Move the versions that are in that stage to Archived." };
    private readonly Option<string?> reason = new("--reason", "-r") { Description = "Why; kept in the history.", HelpName = "text" };

    public VersionStageCommand(CliHost host) : base(
        host, "stage", "Move a version to a stage, for those who work with MLflow's stages. A stage whose name the gate protects is entered only past it.", "dowel model version stage titanic-survival 2 Staging")
    {
        Arguments.Add(model);
        Arguments.Add(version);
        Arguments.Add(stage);
        Options.Add(archive);
        Options.Add(reason);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var moved = await session.Client.Models.SetStageAsync(args.GetValue(model)!, args.GetValue(version)!, new SetStage(args.GetValue(stage)!, args.GetValue(archive), args.GetValue(reason)), cancellationToken);
        return session.Output.Done($"Version {moved.Version} of {moved.Model} is in {moved.Stage}.", moved);
    }
}
