using System.CommandLine;
using Dowel.Cli.Experiments;

namespace Dowel.Cli.Models;

/// <summary>Downloads a version's files.</summary>
internal sealed class VersionDownloadCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Argument<string> version = new("version") { Description = "Number or alias." };
    private readonly DownloadTarget target;

    public VersionDownloadCommand(CliHost host) : base(host, "download", "Download all files of a version into a folder.", "dowel model version download titanic-survival production --to ./model")
    {
        Arguments.Add(model);
        Arguments.Add(version);
        target = new DownloadTarget(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var found = await session.Client.Models.GetVersionAsync(args.GetValue(model)!, args.GetValue(version)!, cancellationToken);
        var root = Path.GetFullPath(target.To(args) ?? string.Concat($"{found.Model}-{found.Version}".Split(Path.GetInvalidFileNameChars())));
        var files = found.Files.Where(f => !f.IsFolder).Select(f => f.Path).ToArray();
        foreach (var file in files)
        {
            var number = found.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);
            await target.SaveFileAsync(args, RunDownloadCommand.SafePath(root, file), () => session.Client.Models.DownloadFileAsync(found.ModelId, number, file, cancellationToken: cancellationToken), cancellationToken);
        }
        return session.Output.Done($"{root}: {files.Length} files", new { path = root, files });
    }
}
