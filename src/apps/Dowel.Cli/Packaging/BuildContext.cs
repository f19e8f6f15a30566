using System.Text;
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
    /// <summary>Whether to install requirements.txt; a base image may have all of it.</summary>
    public required bool Install { get; init; }
}

/// <summary>
/// Writes the build context of an image: Dockerfile, requirements.txt, the runner and the model's files. The same model gives the same bytes and the same
/// times of files, so that layers are found again in the builder's cache and in registries.
/// </summary>
internal static class BuildContext
{
    private static readonly DateTime Epoch = DateTime.UnixEpoch.AddYears(10);
    private static readonly string[] LeftOut = ["__pycache__", ".git", ".venv", "venv", ".ipynb_checkpoints"];

    /// <param name="plan">What it is made of.</param>
    /// <param name="model">The model's folder.</param>
    /// <param name="target">An empty folder.</param>
    public static void Write(ImagePlan plan, string model, string target)
    {
        Copy(Runner.Folder, Path.Combine(target, "dowel_runner"));
        Copy(model, Path.Combine(target, "model"));
        File.WriteAllText(Path.Combine(target, "requirements.txt"), Requirements(plan.Flavor, model));
        File.WriteAllText(Path.Combine(target, "Dockerfile"), Dockerfile(plan));
        foreach (var path in Directory.EnumerateFileSystemEntries(target, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Reverse())
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Directory.Exists(path) ? (UnixFileMode)0b111_101_101 : (UnixFileMode)0b110_100_100);
            if (Directory.Exists(path)) Directory.SetLastWriteTimeUtc(path, Epoch);
            else File.SetLastWriteTimeUtc(path, Epoch);
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from))
            if (!LeftOut.Contains(Path.GetFileName(folder)) && new DirectoryInfo(folder).LinkTarget is null) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    /// <summary>The model's own requirements, and what the runner needs to load it.</summary>
    private static string Requirements(string flavor, string model)
    {
        var file = Path.Combine(model, "requirements.txt");
        var own = File.Exists(file) ? File.ReadAllLines(file).ToList() : [];
        foreach (var package in flavor == "python" ? ["numpy"] : (string[])["numpy", "joblib", "scikit-learn"])
            if (!own.Any(l => Names(l, package)) && !(package != "numpy" && own.Any(l => Names(l, "mlflow")))) own.Add(package);
        return string.Join('\n', own) + "\n";
    }

    private static bool Names(string line, string package)
    {
        var name = line.Trim().Replace('_', '-');
        return name.StartsWith(package, StringComparison.OrdinalIgnoreCase) && (name.Length == package.Length || !(char.IsLetterOrDigit(name[package.Length]) || name[package.Length] is '-' or '.'));
    }

    private static string Dockerfile(ImagePlan plan)
    {
        var text = new StringBuilder();
        void Line(string line) => text.Append(line).Append('\n');
        Line($"FROM {plan.Base}");
        Line($"LABEL org.opencontainers.image.title={Quoted(plan.Name)} org.opencontainers.image.version={Quoted(plan.Version)} dev.dowel.flavor={Quoted(plan.Flavor)} dev.dowel.protocols=\"oip,seldon\"");
        Line("ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1");
        Line("WORKDIR /app");
        if (plan.Install)
        {
            Line("COPY requirements.txt ./");
            Line("RUN python3 -m pip install --no-cache-dir --no-compile -r requirements.txt");
        }
        Line("COPY dowel_runner ./dowel_runner");
        Line("COPY model ./model");
        Line("USER 10001:10001");
        Line("EXPOSE 8080");
        Line("HEALTHCHECK CMD [\"python3\", \"-c\", \"import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health/ready', timeout=5)\"]");
        string[] start = ["python3", "-m", "dowel_runner", "serve", "/app/model", "--host", "0.0.0.0", "--port", "8080", "--flavor", plan.Flavor, "--name", plan.Name, "--version", plan.Version];
        Line($"ENTRYPOINT [{string.Join(", ", start.Select(Quoted))}]");
        return text.ToString();
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
