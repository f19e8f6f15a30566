using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dowel.Cli.Packaging;

/// <summary>What an image is made of.</summary>
internal sealed record ImagePlan
{
    /// <summary>The model's name in its URLs.</summary>
    public required string Name { get; init; }
    /// <summary>Its version.</summary>
    public required string Version { get; init; }
    public required string Flavor { get; init; }
    /// <summary>The image that it stands on.</summary>
    public required string Base { get; init; }
    /// <summary>Whether to install what the model needs; a base image may have all of it.</summary>
    public required bool Install { get; init; }
}

/// <summary>
/// Writes the build context of an image: Dockerfile, what serves the model, and the model's files. The same model gives the same bytes and the same
/// times of files, so that layers are found again in the builder's cache and in registries.
/// </summary>
internal static class BuildContext
{
    // Nothing of it is put into a page.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly DateTime Epoch = DateTime.UnixEpoch.AddYears(10);

    /// <param name="plan">What it is made of.</param>
    /// <param name="model">The model's folder.</param>
    /// <param name="serve">Writes what serves it, and gives the lines of the Dockerfile.</param>
    /// <param name="target">An empty folder.</param>
    public static void Write(ImagePlan plan, string model, Func<ImagePlan, string, IEnumerable<string>> serve, string target)
    {
        try
        {
            Copy(model, Path.Combine(target, "model"));
            var text = new StringBuilder();
            foreach (var line in serve(plan, target)) text.Append(line).Append('\n');
            File.WriteAllText(Path.Combine(target, "Dockerfile"), text.ToString());
        }
        catch
        {
            // Half of a context must not be taken for one.
            foreach (var entry in new DirectoryInfo(target).EnumerateFileSystemInfos())
                if (entry is DirectoryInfo folder) folder.Delete(recursive: true);
                else entry.Delete();
            throw;
        }
        foreach (var path in Directory.EnumerateFileSystemEntries(target, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Reverse())
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Directory.Exists(path) ? (UnixFileMode)0b111_101_101 : (UnixFileMode)0b110_100_100);
            if (Directory.Exists(path)) Directory.SetLastWriteTimeUtc(path, Epoch);
            else File.SetLastWriteTimeUtc(path, Epoch);
        }
    }

    /// <summary>Copies a folder, without what tools leave there.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in ModelFolder.Files(from)) CopyFile(from, to, file);
    }

    /// <summary>Copies a file to the same place below another folder.</summary>
    public static void CopyFile(string from, string to, string file)
    {
        var copy = Path.Combine(to, file);
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        File.Copy(Path.Combine(from, file), copy);
    }

    /// <summary>The line that tells registries and Dowel what the image is.</summary>
    public static string Label(ImagePlan plan, string protocols)
        => $"LABEL org.opencontainers.image.title={Quoted(plan.Name)} org.opencontainers.image.version={Quoted(plan.Version)} dev.dowel.flavor={Quoted(plan.Flavor)} dev.dowel.protocols={Quoted(protocols)}";

    /// <summary>Program and arguments in the form that needs no shell.</summary>
    public static string Exec(params string[] words) => $"[{string.Join(", ", words.Select(Quoted))}]";

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Readable);
}
