using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Dowel.Cli.Local;
using Dowel.Cli.Experiments;

namespace Dowel.Cli.Packaging;

/// <summary>Writes the build context of an image that serves one model, and builds it where an engine is.</summary>
internal sealed class PackageCommand : DowelCommand
{
    private readonly Argument<string> model = new("model") { Description = "A folder, or a registered model: name, project.name or id." };
    private readonly Option<string?> version = new("--model-version", "-v") { Description = "Number or alias of a registered model's version; default the newest.", HelpName = "version" };
    private readonly Option<string?> to = new("--to") { Description = "The folder to write into, which must be empty or new; default NAME-image, here.", HelpName = "folder" };
    private readonly Option<string?> baseImage = new("--base") { Description = $"The image to stand on; name a digest to pin it. With Python 3.9 or newer as python3 for models in Python (default {PythonImage.UsualBase}), with ASP.NET Core 10 for others (default {ServerImage.UsualBase}).", HelpName = "image" };
    private readonly Option<bool> noInstall = new("--no-install") { Description = "Do not install what the model needs (requirements.txt, libgomp1 for LightGBM): the base image has all of it." };
    private readonly Option<bool> build = new("--build") { Description = "Build the image with docker." };
    private readonly Option<string?> tag = new("--tag", "-t") { Description = "The image's name; default NAME:VERSION.", HelpName = "image" };
    private readonly Option<string?> flavor = ModelFolder.FlavorOption();

    public PackageCommand(CliHost host) : base(
        host,
        "package",
        "Write the Dockerfile and build context of an image that serves a model: Open Inference Protocol v2, Seldon v1, /metrics, health, not as root.",
        "dowel package ./iris --build --tag iris:1",
        "dowel package titanic-survival --model-version production --to ./image",
        "dowel package ./iris --base python:3.11-slim-bookworm@sha256:…",
        "dowel package ./churn-lightgbm --build --tag churn:3 --model-version 3")
    {
        Arguments.Add(model);
        Options.Add(version);
        Options.Add(to);
        Options.Add(baseImage);
        Options.Add(noInstall);
        Options.Add(build);
        Options.Add(tag);
        Options.Add(flavor);
    }

    protected override async Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken)
    {
        var output = new Output(Host, args.GetValue(GlobalOptions.Output));
        var given = args.GetValue(model)!;
        var download = Directory.Exists(given) ? null : Directory.CreateTempSubdirectory("dowel-package-").FullName;
        try
        {
            var source = download is null ? Local(given, args) : await DownloadAsync(given, download, args, cancellationToken);
            var plan = new ImagePlan
            {
                Name = source.Name,
                Version = source.Version,
                Flavor = source.Flavor,
                Base = args.GetValue(baseImage) ?? (source.IsPython ? PythonImage.UsualBase : ServerImage.UsualBase),
                Install = !args.GetValue(noInstall),
            };
            var target = Path.GetFullPath(args.GetValue(to) ?? $"{source.Name}-image");
            if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())) throw new CliException($"{target} is not empty.", "Give an empty or new folder with --to.");
            if (IsInside(target, source.Folder)) throw new CliException($"{target} is inside of the model's folder.", "Give another folder with --to.");
            Directory.CreateDirectory(target);
            BuildContext.Write(plan, source.Folder, source.IsPython ? PythonImage.Write : new ServerImage(Host).Write, target);
            var image = args.GetValue(tag) ?? $"{source.Name.ToLowerInvariant()}:{source.Version}";
            if (!args.GetValue(build)) return output.Done($"{target}: build it with 'docker build -t {image} {target}'", new { path = target, image = (string?)null });
            await BuildAsync(image, target, cancellationToken);
            return output.Done($"{image}: run it with 'docker run -p 8080:8080 {image}'", new { path = target, image });
        }
        finally
        {
            if (download is not null) TemporaryFolder.Delete(download);
        }
    }

    private Source Local(string given, ParseResult args)
    {
        if (args.GetValue(version) is { } wanted && !wanted.All(char.IsAsciiLetterOrDigit)) throw CliException.Usage($"--model-version '{wanted}' is no version of a folder.", "Give a number.");
        var found = ModelFolder.Open(given, args.GetValue(flavor));
        return new Source(found.Name, args.GetValue(version) ?? "1", found.Flavor, found.Path);
    }

    private async Task<Source> DownloadAsync(string given, string folder, ParseResult args, CancellationToken cancellationToken)
    {
        if (given.Contains(Path.DirectorySeparatorChar)) throw new CliException($"There is no folder {given}.", exitCode: ExitCodes.NotFound);
        var connection = Connection.Resolve(Host, args.GetValue(GlobalOptions.Server), args.GetValue(GlobalOptions.Token));
        using var client = Host.Connect(connection.Server, connection.Token);
        var wanted = args.GetValue(version) ?? (await client.Models.GetAsync(given, cancellationToken)).LatestVersion.ToString(CultureInfo.InvariantCulture);
        var found = await client.Models.GetVersionAsync(given, wanted, cancellationToken);
        var flavorName = ModelFolder.Known(args.GetValue(flavor) ?? found.Flavor);
        var number = found.Version.ToString(CultureInfo.InvariantCulture);
        foreach (var file in found.Files.Where(f => !f.IsFolder))
        {
            var path = RunDownloadCommand.SafePath(folder, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var content = await client.Models.DownloadFileAsync(found.ModelId, number, file.Path, cancellationToken: cancellationToken);
            await using var local = File.Create(path);
            await content.CopyToAsync(local, cancellationToken);
        }
        var source = new Source(found.Model, number, flavorName, folder);
        if (!source.IsPython) ModelFolder.Describe(folder, new VersionDescription(flavorName, found.Signature, found.InputExample));
        return source;
    }

    private static bool IsInside(string path, string folder) => (path + Path.DirectorySeparatorChar).StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private async Task BuildAsync(string image, string context, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("docker", ["build", "-t", image, context]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Start(start);
        await using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        // The builder's progress is no result.
        await Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError));
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode != 0) throw new CliException($"docker build ended with status {process.ExitCode}.", $"The build context is in {context}.");

        async Task CopyAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync(CancellationToken.None) is { } line) await Host.Error.WriteLineAsync(line);
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new CliException("There is no 'docker' on this machine to build with.", "Leave --build out, and build the written folder where an engine is.");
        }
    }

    private sealed record Source(string Name, string Version, string Flavor, string Folder)
    {
        public bool IsPython => Runner.Flavors.Contains(Flavor);
    }
}
