using System.CommandLine;

namespace Dowel.Cli.Packaging;

/// <summary>The program that serves Python models, which comes with the command line.</summary>
internal static class Runner
{
    /// <summary>What it can load.</summary>
    public static readonly string[] Flavors = ["python", "sklearn", "python_function"];

    /// <summary>The folder of its package.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "runners", "python", "dowel_runner");

    public static Option<string?> PythonOption() => new("--python") { Description = "The interpreter of a model in Python, or a virtual environment's folder; default python3.", HelpName = "path" };

    /// <summary>The interpreter that is meant.</summary>
    public static string Python(CliHost host, string? given)
    {
        var name = given ?? "python3";
        if (Directory.Exists(name)) name = Path.Combine(name, "bin", "python");
        if (name.Contains(Path.DirectorySeparatorChar)) return File.Exists(name) ? Path.GetFullPath(name) : throw new CliException($"There is no Python interpreter at {name}.");
        foreach (var folder in (host.Environment("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            if (File.Exists(Path.Combine(folder, name))) return Path.Combine(folder, name);
        throw new CliException($"{name} is not on the PATH.", "Install Python 3.9 or newer with numpy, or name an interpreter with --python.");
    }
}
