using System.CommandLine;

namespace Dowel.Cli.Models;

/// <summary>Runs a version through the gate.</summary>
internal sealed class ModelValidateCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Argument<string> version = new("version") { Description = "Number or alias." };

    private readonly Option<string?> alias = new("--alias") { Description = "Compare with the version that this alias points at; by default the first protected one.", HelpName = "alias" };

    public ModelValidateCommand(CliHost host) : base(host, "validate", "Run a version through the model's gate; exit code 1 if it does not pass.", "dowel model validate titanic-survival 1")
    {
        Arguments.Add(model);
        Arguments.Add(version);
        Options.Add(alias);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var result = await session.Client.Models.ValidateAsync(args.GetValue(model)!, args.GetValue(version)!, args.GetValue(alias), cancellationToken);
        if (session.Output.IsJson) session.Output.WriteJson(result);
        else session.Output.List(result.Checks, "The gate has no checks.", GateText.Columns);
        await session.Output.NoteAsync(result.Passed ? "It passed." : "It did not pass.");
        return result.Passed ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
