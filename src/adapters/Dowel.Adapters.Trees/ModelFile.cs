using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees;

/// <summary>Finds and reads the one file of a model.</summary>
internal static class ModelFile
{
    // What stands beside a model and is none.
    private static readonly string[] Others = ["requirements.txt", "dowel-model.json", "dowel-version.json", "input_example.json", "serving_input_example.json"];
    private const int MostOfMlModel = 1 << 20;

    /// <summary>The file that MLflow's <c>MLmodel</c> names, else one of the usual name, else the only one of a fitting extension.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="flavor">Whose model it is.</param>
    /// <param name="usual">Usual names, the first one best.</param>
    /// <param name="extensions">With the dot.</param>
    public static string Find(string folder, string flavor, IReadOnlyList<string> usual, IReadOnlyList<string> extensions)
    {
        if (NamedByMlflow(folder, flavor) is { } named)
            return File.Exists(Path.Combine(folder, named)) ? Path.Combine(folder, named) : throw new ModelException($"The model has no file '{named}', which its MLmodel names.");
        foreach (var name in usual)
            if (File.Exists(Path.Combine(folder, name))) return Path.Combine(folder, name);
        var fitting = Directory.GetFiles(folder).Where(f => extensions.Contains(Path.GetExtension(f)) && !Others.Contains(Path.GetFileName(f))).ToList();
        return fitting switch
        {
            [var one] => one,
            [] => throw new ModelException($"The model has no file '{usual[0]}'."),
            _ => throw new ModelException($"The model has several files that could be it ({string.Join(", ", fitting.Select(Path.GetFileName).Order(StringComparer.Ordinal))}) and none is named '{usual[0]}'."),
        };
    }

    /// <summary>The content of a file that is not larger than allowed.</summary>
    public static byte[] Read(string path, long maxBytes)
    {
        var size = new FileInfo(path).Length;
        if (size > Math.Min(maxBytes, Array.MaxLength)) throw new ModelException($"The model has {size} bytes; this server loads {Math.Min(maxBytes, Array.MaxLength)} at most.");
        return File.ReadAllBytes(path);
    }

    // MLflow writes the file itself, a key a line: flavors, the flavor, data.
    private static string? NamedByMlflow(string folder, string flavor)
    {
        var path = Path.Combine(folder, "MLmodel");
        if (!File.Exists(path) || new FileInfo(path).Length > MostOfMlModel) return null;
        var (inFlavors, inFlavor) = (false, false);
        foreach (var line in File.ReadLines(path))
        {
            var text = line.TrimEnd();
            if (text.Length == 0) continue;
            var indent = text.Length - text.TrimStart(' ').Length;
            if (indent == 0) (inFlavors, inFlavor) = (text == "flavors:", false);
            else if (inFlavors && indent == 2) inFlavor = text == $"  {flavor}:";
            else if (inFlavor && indent == 4 && text.StartsWith("    data: ", StringComparison.Ordinal))
            {
                var name = text["    data: ".Length..].Trim('\'', '"');
                return name.Length > 0 && name == Path.GetFileName(name) && name is not ("." or "..") ? name : throw new ModelException("The MLmodel names a file outside of the model's folder.");
            }
        }
        return null;
    }
}
