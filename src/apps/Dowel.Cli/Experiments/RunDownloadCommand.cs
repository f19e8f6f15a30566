using System.CommandLine;

namespace Dowel.Cli.Experiments;

/// <summary>Downloads artifacts.</summary>
internal sealed class RunDownloadCommand : ClientCommand
{
    private readonly Argument<string> run = new("run") { Description = "Run id." };
    private readonly Argument<string?> path = new("path") { Description = "A file or folder; default everything.", Arity = ArgumentArity.ZeroOrOne };
    private readonly DownloadTarget target;

    public RunDownloadCommand(CliHost host) : base(
        host, "download", "Download a file, a folder, or everything of a run.", "dowel run download run_01a2… metrics/roc.json", "dowel run download run_01a2… model --to ./model", "dowel run download run_01a2… notes.txt --to -")
    {
        Arguments.Add(run);
        Arguments.Add(path);
        target = new DownloadTarget(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var (id, wanted) = (args.GetValue(run)!, args.GetValue(path)?.Trim('/') ?? "");
        var files = new List<string>();
        await CollectAsync(session, id, wanted, files, cancellationToken);
        // A path with nothing below it is a file, or does not exist: the server says which.
        if (files.Count == 0 && wanted.Length > 0) files.Add(wanted);
        if (files.Count == 1 && files[0] == wanted)
            return await target.SaveAsync(session, args, wanted.Split('/')[^1], () => session.Client.Runs.DownloadArtifactAsync(id, wanted, cancellationToken: cancellationToken), cancellationToken);
        var root = Path.GetFullPath(target.To(args) ?? (wanted.Length == 0 ? id : wanted.Split('/')[^1]));
        foreach (var file in files)
        {
            var local = SafePath(root, wanted.Length == 0 ? file : file[(wanted.Length + 1)..]);
            await target.SaveFileAsync(args, local, () => session.Client.Runs.DownloadArtifactAsync(id, file, cancellationToken: cancellationToken), cancellationToken);
        }
        return session.Output.Done($"{root}: {files.Count} files", new { path = root, files });
    }

    /// <summary>No name from the server leads out of the folder.</summary>
    internal static string SafePath(string root, string relative)
    {
        var full = Path.GetFullPath(Path.Combine(root, relative.Replace('/', Path.DirectorySeparatorChar)));
        return full.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new CliException($"The file name '{relative}' leads out of {root}; nothing was written there.");
    }

    private static async Task CollectAsync(CliSession session, string run, string folder, List<string> files, CancellationToken cancellationToken)
    {
        foreach (var item in await session.Client.Runs.ArtifactsAsync(run, folder.Length == 0 ? null : folder, cancellationToken))
        {
            var name = item.Path.Trim('/');
            if (folder.Length > 0 && name != folder && !name.StartsWith(folder + "/", StringComparison.Ordinal)) continue;
            if (!item.IsFolder) files.Add(name);
            else if (name != folder) await CollectAsync(session, run, name, files, cancellationToken);
        }
    }
}
