using Dowel.Contracts;

namespace Dowel.Registry.Sources;

/// <summary>The input example that MLflow saves beside a model (mlflow/models/utils.py), as values by input.</summary>
internal static class MlExample
{
    /// <summary>The example; null where it is of a form that is not known.</summary>
    public static IReadOnlyDictionary<string, object?[]>? Read(object? value, ModelSignature signature) => value switch
    {
        // A data frame: {"columns": […], "data": [[…]]}.
        Dictionary<string, object?> map when map.GetValueOrDefault("columns") is object?[] columns && map.GetValueOrDefault("data") is object?[] rows => Frame(columns, rows),
        // The same for serving: {"dataframe_split": {…}}, or arrays: {"inputs": […]} or {"inputs": {"a": […]}}.
        Dictionary<string, object?> map when map.GetValueOrDefault("dataframe_split") is { } split => Read(split, signature),
        Dictionary<string, object?> map when map.Count == 1 && map.GetValueOrDefault("inputs") is { } inputs => Read(inputs, signature),
        Dictionary<string, object?> map when map.Values.All(v => v is object?[]) => map.ToDictionary(m => m.Key, m => (object?[])m.Value!),
        // One record: {"a": 1, "b": 2}.
        Dictionary<string, object?> map => map.ToDictionary(m => m.Key, m => new[] { m.Value }),
        object?[] array when signature.Inputs.Count == 1 => new Dictionary<string, object?[]> { [signature.Inputs[0].Name] = array },
        _ => null,
    };

    private static Dictionary<string, object?[]>? Frame(object?[] columns, object?[] rows)
    {
        var names = columns.Select(c => Convert.ToString(c, System.Globalization.CultureInfo.InvariantCulture) ?? "").ToList();
        if (names.Distinct().Count() != names.Count || rows.Any(r => r is not object?[] cells || cells.Length != names.Count)) return null;
        return names.Select((name, i) => (name, i)).ToDictionary(n => n.name, n => rows.Select(r => ((object?[])r!)[n.i]).ToArray());
    }
}
