using System.CommandLine;

namespace Dowel.Cli;

/// <summary>Where a download goes: a file that appears whole or not at all, or standard output.</summary>
internal sealed class DownloadTarget
{
    private readonly Option<string?> to;
    private readonly Option<bool> force = new("--force") { Description = "Write over what is there." };

    public DownloadTarget(Command command, string usual = "default its own name, here")
    {
        to = new Option<string?>("--to") { Description = $"Where to write; {usual}; '-' for standard output.", HelpName = "path" };
        command.Options.Add(to);
        command.Options.Add(force);
    }

    public string? To(ParseResult args) => args.GetValue(to);

    public async Task<int> SaveAsync(CliSession session, ParseResult args, string fallbackName, Func<Task<Stream>> open, CancellationToken cancellationToken)
    {
        var path = args.GetValue(to) ?? fallbackName;
        if (path == "-")
        {
            await using var standard = session.Host.OpenOut();
            await using var source = await open();
            await source.CopyToAsync(standard, cancellationToken);
            return ExitCodes.Ok;
        }
        var bytes = await SaveFileAsync(path, args.GetValue(force), open, cancellationToken);
        return session.Output.Done($"{path}: {Cell.Bytes(bytes)}", new { path = Path.GetFullPath(path), bytes });
    }

    public Task<long> SaveFileAsync(ParseResult args, string path, Func<Task<Stream>> open, CancellationToken cancellationToken) =>
        SaveFileAsync(path, args.GetValue(force), open, cancellationToken);

    private static async Task<long> SaveFileAsync(string path, bool force, Func<Task<Stream>> open, CancellationToken cancellationToken)
    {
        if (File.Exists(path) && !force) throw new CliException($"{path} is there already.", "Give --force to write over it, or another --to.");
        await using var source = await open();
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        var temporary = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            long bytes;
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 81920, FileOptions.Asynchronous))
            {
                await source.CopyToAsync(file, cancellationToken);
                bytes = file.Length;
            }
            File.Move(temporary, path, overwrite: force);
            return bytes;
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
