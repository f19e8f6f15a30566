using System.CommandLine;

namespace Dowel.Cli.Experiments;

/// <summary>Stores files among a run's artifacts.</summary>
internal sealed class RunUploadCommand : ClientCommand
{
    private readonly Argument<string> run = new("run") { Description = "Run id." };
    private readonly Argument<string> file = new("path") { Description = "A file, or a folder with all that is in it." };
    private readonly Option<string?> to = new("--to") { Description = "Its path among the artifacts; default its own name.", HelpName = "path" };

    public RunUploadCommand(CliHost host) : base(host, "upload", "Store a file or a folder among a run's artifacts.", "dowel run upload $RUN model.zip --to model/model.zip", "dowel run upload $RUN ./model")
    {
        Arguments.Add(run);
        Arguments.Add(file);
        Options.Add(to);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var (id, source) = (args.GetValue(run)!, Path.GetFullPath(args.GetValue(file)!));
        var target = args.GetValue(to)?.Trim('/') ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(source));
        if (!File.Exists(source) && !Directory.Exists(source)) throw new CliException($"There is no {source}.");
        var files = File.Exists(source)
            ? [(Path: source, Name: target)]
            : Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories)
                .Select(f => (Path: f, Name: $"{target}/{Path.GetRelativePath(source, f).Replace(Path.DirectorySeparatorChar, '/')}"))
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .ToArray();
        foreach (var (path, name) in files)
        {
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
            await session.Client.Runs.UploadArtifactAsync(id, name, content, cancellationToken: cancellationToken);
        }
        return session.Output.Done($"Stored {files.Length} {(files.Length == 1 ? "file" : "files")} under {target}.", new { run = id, files = files.Select(f => f.Name) });
    }
}
