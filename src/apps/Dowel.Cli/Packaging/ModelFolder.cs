using System.CommandLine;
using System.Text;
using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Cli.Packaging;

/// <summary>A model's folder, and how it is loaded.</summary>
internal sealed record ModelFolder
{
    /// <summary>The flavors that Dowel's server runs itself.</summary>
    public static readonly string[] InProcess = ["onnx", "mlnet", "lightgbm", "xgboost"];

    /// <summary>Beside a model: its flavor, and the signature and input example that it was registered with. The server reads the same of models in plain folders.</summary>
    private const string DescriptionFile = "dowel-version.json";

    private const string AllFlavors = "python, sklearn, python_function; onnx, mlnet, lightgbm, xgboost";
    private static readonly string[] LeftOut = ["__pycache__", ".git", ".venv", "venv", ".ipynb_checkpoints"];

    /// <summary>Its full path.</summary>
    public required string Path { get; init; }

    public required string Flavor { get; init; }

    /// <summary>What it was registered with; null for nothing but its files.</summary>
    public VersionDescription? Description { get; init; }

    public string Name => System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(Path));

    public bool IsPython => Runner.Flavors.Contains(Flavor);

    public static Option<string?> FlavorOption() => new("--flavor") { Description = $"How the files are loaded ({AllFlavors}); default by the files.", HelpName = "name" };

    /// <summary>The folder with the flavor that is given, or the one that its files look like.</summary>
    public static ModelFolder Open(string path, string? flavor)
    {
        if (!Directory.Exists(path)) throw new CliException($"There is no folder {path}.", exitCode: ExitCodes.NotFound);
        var folder = System.IO.Path.GetFullPath(path);
        var description = Described(folder);
        return new ModelFolder { Path = folder, Flavor = Known(flavor ?? description?.Flavor ?? FlavorOf(folder)), Description = description };
    }

    /// <summary>The flavor, if it is one that can be served alone.</summary>
    public static string Known(string flavor) => Runner.Flavors.Contains(flavor) || InProcess.Contains(flavor)
        ? flavor
        : throw new CliException($"Models of flavor '{flavor}' cannot be served alone.", $"--flavor is one of {AllFlavors}.");

    /// <summary>Refuses options that mean nothing for this model.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="forPython">Whether the options are of models in Python; else of those that the server runs.</param>
    /// <param name="options">The options.</param>
    public void Refuse(ParseResult args, bool forPython, params Option[] options)
    {
        if (IsPython == forPython) return;
        if (options.FirstOrDefault(o => args.GetResult(o) is { Implicit: false }) is { } odd)
            throw CliException.Usage($"{odd.Name} is for models that {(forPython ? "run in Python" : "Dowel's own server runs")}; this one has the flavor '{Flavor}'.", $"Leave {odd.Name} out, or name another flavor with --flavor.");
    }

    /// <summary>Writes what a version was registered with beside its files.</summary>
    public static void Describe(string folder, VersionDescription description)
        => File.WriteAllText(System.IO.Path.Combine(folder, DescriptionFile), JsonSerializer.Serialize(description, DowelJson.Options));

    /// <summary>The files of a model's folder by their relative paths, in order, without what tools leave there; links to folders are not followed.</summary>
    public static IEnumerable<string> Files(string folder, string below = "")
    {
        var here = System.IO.Path.Combine(folder, below);
        foreach (var file in Directory.EnumerateFiles(here).Order(StringComparer.Ordinal)) yield return System.IO.Path.GetRelativePath(folder, file);
        foreach (var inner in Directory.EnumerateDirectories(here).Order(StringComparer.Ordinal))
        {
            if (LeftOut.Contains(System.IO.Path.GetFileName(inner)) || new DirectoryInfo(inner).LinkTarget is not null) continue;
            foreach (var file in Files(folder, System.IO.Path.GetRelativePath(folder, inner))) yield return file;
        }
    }

    private static VersionDescription? Described(string folder)
    {
        var file = System.IO.Path.Combine(folder, DescriptionFile);
        if (!File.Exists(file)) return null;
        try
        {
            return JsonSerializer.Deserialize<VersionDescription>(File.ReadAllText(file), DowelJson.Options);
        }
        catch (JsonException e)
        {
            throw new CliException($"{file} cannot be read: {e.Message}", "Correct it, or take it away.");
        }
    }

    private static string FlavorOf(string folder)
    {
        var files = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ToList();
        bool Any(params string[] endings) => files.Any(f => endings.Any(e => f.EndsWith(e, StringComparison.Ordinal)));
        bool Named(string name) => files.Contains(System.IO.Path.Combine(folder, name));
        if (Named("MLmodel")) return OfMlModel(System.IO.Path.Combine(folder, "MLmodel"));
        if (Named("dowel.json") || Any(".py")) return "python";
        if (Any(".pkl", ".pickle", ".joblib")) return "sklearn";
        if (Any(".onnx")) return "onnx";
        if (Named("model.zip")) return "mlnet";
        if (Any(".lgb") || files.Exists(f => f.EndsWith(".txt", StringComparison.Ordinal) && Beginning(f).Split('\n')[0].TrimEnd() == "tree")) return "lightgbm";
        if (Any(".ubj", ".xgb", ".bst") || files.Exists(f => f.EndsWith(".json", StringComparison.Ordinal) && Beginning(f) is ['{', ..] text && text.Contains("\"learner\"", StringComparison.Ordinal))) return "xgboost";
        throw new CliException($"Nothing in {folder} tells how to load it. Looked for: MLmodel; model.py, dowel.json or another .py file; .pkl, .pickle or .joblib; .onnx; model.zip of ML.NET; "
            + "LightGBM's text (.txt that begins with 'tree', .lgb); XGBoost's .json or .ubj.", "Name the flavor with --flavor, or put a class with __init__, load and predict into model.py; docs/guide/python-models.md shows one.");
    }

    // MLflow writes the file itself, a key a line. The model's own library goes before the general python_function, as in the registry.
    private static string OfMlModel(string file)
    {
        var inFlavors = false;
        foreach (var line in File.ReadLines(file).Take(10_000))
        {
            if (line.Length > 0 && line[0] is not (' ' or '#')) inFlavors = line.TrimEnd() == "flavors:";
            else if (inFlavors && InProcess.FirstOrDefault(f => line.TrimEnd() == $"  {f}:") is { } found) return found;
        }
        return "python_function";
    }

    private static string Beginning(string file)
    {
        using var stream = File.OpenRead(file);
        var buffer = new byte[512];
        return Encoding.UTF8.GetString(buffer, 0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)).TrimStart();
    }
}

/// <summary>What a version was registered with.</summary>
/// <param name="Flavor">How the files are loaded.</param>
/// <param name="Signature">Inputs and outputs.</param>
/// <param name="InputExample">Each input's values by name.</param>
internal sealed record VersionDescription(string Flavor, ModelSignature? Signature, IReadOnlyDictionary<string, object?[]>? InputExample);
