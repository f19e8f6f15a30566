using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.SeldonV1;

namespace Dowel.Protocols.Inference.Remote;

/// <summary>Reads an answer of Seldon's first protocol: outputs, and of its meta the tags and metrics.</summary>
internal static class SeldonAnswer
{
    public static ModelOutput Read(ServerAnswer answer)
    {
        using var document = JsonDocument.Parse(answer.Body);
        var root = document.RootElement;
        if (IsFailure(root)) throw ServerErrors.Of(answer);
        var names = Names(root);
        var isTable = IsTable(root, names);
        var payload = SeldonReader.Parse(answer.Bytes, isTable ? new ModelSignature() : null, keep: true);
        var outputs = isTable || (payload.Form == SeldonForm.JsonData && !IsUnnamed(payload.Inputs, root)) ? payload.Inputs : [payload.Inputs[0].Rename(names is [var only] ? only : "output")];
        SeldonPayload.Of(payload.Inputs)?.KeepWith(outputs);
        var meta = root.TryGetProperty("meta", out var m) && m.ValueKind == JsonValueKind.Object ? m : default;
        return new ModelOutput(outputs, payload.Tags.Count == 0 ? null : payload.Tags.ToDictionary(t => t.Key, t => Text(t.Value)), Metrics(meta));
    }

    private static bool IsFailure(JsonElement root)
        => root.ValueKind == JsonValueKind.Object && root.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object && status.TryGetProperty("status", out var word)
            && (word.ValueKind == JsonValueKind.String ? word.GetString() == "FAILURE" : word.ValueKind == JsonValueKind.Number && word.TryGetInt32(out var n) && n == 1);

    private static List<string> Names(JsonElement root)
        => root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("names", out var names) && names.ValueKind == JsonValueKind.Array
            ? [.. names.EnumerateArray().Select(Text)] : [];

    /// <summary>Whether each name has a column of its own. Names such as <c>t:0</c> are what the wrapper numbers the columns of one output with.</summary>
    private static bool IsTable(JsonElement root, List<string> names)
    {
        if (names.Count == 0 || names.Distinct().Count() != names.Count || names.All(n => n.Contains(':'))) return false;
        var data = root.GetProperty("data");
        if (data.TryGetProperty("ndarray", out var rows)) return rows.ValueKind == JsonValueKind.Array && rows.GetArrayLength() > 0 && rows[0].ValueKind == JsonValueKind.Array && rows[0].GetArrayLength() == names.Count;
        return data.TryGetProperty("tensor", out var tensor) && tensor.ValueKind == JsonValueKind.Object && tensor.TryGetProperty("shape", out var shape) && shape.ValueKind == JsonValueKind.Array
            && shape.GetArrayLength() == 2 && Text(shape[1]) == names.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Whether JSON has no names of its own, or none that outputs could have.</summary>
    private static bool IsUnnamed(IReadOnlyList<Tensor> outputs, JsonElement root)
        => outputs is [{ Name: "input" }] && root.GetProperty("jsonData") is var json && !(json.ValueKind == JsonValueKind.Object && json.TryGetProperty("input", out _));

    private static List<ModelMetric>? Metrics(JsonElement meta)
    {
        if (meta.ValueKind != JsonValueKind.Object || !meta.TryGetProperty("metrics", out var list) || list.ValueKind != JsonValueKind.Array) return null;
        var metrics = new List<ModelMetric>();
        foreach (var metric in list.EnumerateArray().Where(m => m.ValueKind == JsonValueKind.Object))
        {
            if (!metric.TryGetProperty("key", out var key) || key.ValueKind != JsonValueKind.String || !metric.TryGetProperty("value", out var value) || value.ValueKind != JsonValueKind.Number) continue;
            var kind = metric.TryGetProperty("type", out var type) ? Text(type) switch { "GAUGE" or "1" => ModelMetricKind.Gauge, "TIMER" or "2" => ModelMetricKind.Timer, _ => ModelMetricKind.Counter } : ModelMetricKind.Counter;
            metrics.Add(new(key.GetString()!, kind, value.GetDouble()));
        }
        return metrics.Count == 0 ? null : metrics;
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
