using System.CommandLine;

namespace Dowel.Cli.Packaging;

/// <summary>The program that serves Python models, which comes with the command line.</summary>
internal static class Runner
{
    /// <summary>What it can load.</summary>
    public static readonly string[] Flavors = ["python", "sklearn", "python_function"];

    /// <summary>The folder of its package.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "runners", "python", "dowel_runner");

    public static Option<string?> PythonOption() => new("--python") { Description = "The interpreter, or a virtual environment's folder; default python3.", HelpName = "path" };

    public static Option<string?> FlavorOption() => new("--flavor") { Description = "How the files are loaded (python, sklearn, python_function); default by the files.", HelpName = "name" };

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

    /// <summary>The folder of a model, and its flavor: the one given, or what its files look like.</summary>
    public static (string Folder, string Flavor) Model(string path, string? flavor)
    {
        if (!Directory.Exists(path)) throw new CliException($"There is no folder {path}.", exitCode: ExitCodes.NotFound);
        var folder = Path.GetFullPath(path);
        flavor ??= FlavorOf(folder);
        return Flavors.Contains(flavor) ? (folder, flavor) : throw NotPython(flavor);
    }

    public static CliException NotPython(string flavor)
        => new($"Models of flavor '{flavor}' run inside the server, not in Python.", "Register the files as a model version and deploy them: 'dowel model version create', then 'dowel endpoint create'.");

    private static string FlavorOf(string folder)
    {
        var names = Directory.EnumerateFiles(folder).Select(Path.GetFileName).ToList();
        bool Any(params string[] endings) => names.Any(n => endings.Any(e => n!.EndsWith(e, StringComparison.Ordinal)));
        if (names.Contains("MLmodel")) return "python_function";
        if (names.Contains("dowel.json") || Any(".py")) return "python";
        if (Any(".pkl", ".pickle", ".joblib")) return "sklearn";
        if (Any(".onnx")) return "onnx";
        throw new CliException($"{folder} has no model.py, no MLmodel and no pickle, so nothing tells how to load it.", "Put a class with __init__, load and predict into model.py; docs/guide/python-models.md shows one.");
    }
}
