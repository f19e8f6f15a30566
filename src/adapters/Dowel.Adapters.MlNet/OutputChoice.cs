using System.Text.Json;
using Dowel.Kernel.Ports;
using Microsoft.ML;

namespace Dowel.Adapters.MlNet;

/// <summary>An output column and the name it has outside.</summary>
internal sealed record OutputChoice(string Column, string Name, string? Description = null)
{
    public const string FileName = "dowel-model.json";
    private const long MaxFileBytes = 1 << 20;
    private static readonly string[] Usual = ["Probability", "PredictedLabel", "Score"];
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private sealed record ModelFile(OutputChoice[]? Outputs);

    /// <summary>What <c>dowel-model.json</c> chooses; null where there is no such file.</summary>
    public static IReadOnlyList<OutputChoice>? Read(string folder)
    {
        var file = new FileInfo(Path.Combine(folder, FileName));
        if (!file.Exists) return null;
        if (file.Length > MaxFileBytes) throw new ModelException($"'{FileName}' is larger than {MaxFileBytes} bytes.");
        try
        {
            var outputs = JsonSerializer.Deserialize<ModelFile>(File.ReadAllBytes(file.FullName), Json)?.Outputs;
            if (outputs is null or { Length: 0 }) return null;
            if (outputs.Any(o => o is null || string.IsNullOrWhiteSpace(o.Column))) throw new ModelException($"'{FileName}': every output needs the name of its 'column'.");
            outputs = [.. outputs.Select(o => string.IsNullOrWhiteSpace(o.Name) ? o with { Name = o.Column } : o)];
            var twice = outputs.GroupBy(o => o.Name).FirstOrDefault(g => g.Count() > 1);
            return twice is null ? outputs : throw new ModelException($"'{FileName}' names two outputs '{twice.Key}'.");
        }
        catch (JsonException e)
        {
            throw new ModelException($"'{FileName}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What is exposed where nobody chose: ML.NET's usual output columns, else every column that the model adds.</summary>
    public static IReadOnlyList<OutputChoice> Default(DataViewSchema input, DataViewSchema output)
    {
        var added = output.Where(c => !c.IsHidden && input.GetColumnOrNull(c.Name) is null && OutputColumn.Supports(c)).Select(c => c.Name).ToArray();
        var usual = Usual.Where(added.Contains).ToArray();
        return [.. (usual.Length > 0 ? usual : added).Select(name => new OutputChoice(name, name))];
    }
}
