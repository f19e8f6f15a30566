using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Experiments;

/// <summary>Lists artifacts.</summary>
internal sealed class RunArtifactsCommand : ClientCommand
{
    private readonly Argument<string> run = new("run") { Description = "Run id." };
    private readonly Argument<string?> path = new("path") { Description = "A folder; default the root.", Arity = ArgumentArity.ZeroOrOne };

    public RunArtifactsCommand(CliHost host) : base(host, "artifacts", "List a run's files and folders.", "dowel run artifacts run_01a2…", "dowel run artifacts run_01a2… model")
    {
        Arguments.Add(run);
        Arguments.Add(path);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.List(
        await session.Client.Runs.ArtifactsAsync(args.GetValue(run)!, args.GetValue(path)?.Trim('/'), cancellationToken),
        "There is nothing.",
        new Column<ArtifactInfo>("Path", a => a.IsFolder ? a.Path.TrimEnd('/') + "/" : a.Path),
        new Column<ArtifactInfo>("Size", a => Cell.Bytes(a.Bytes), Right: true),
        new Column<ArtifactInfo>("SHA-256", a => a.Hash));
}
