using System.Buffers;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.Wire;

namespace Dowel.Protocols.Inference.MlflowScoring;

/// <summary>Reads what MLflow's scoring server takes, by the endpoint's signature.</summary>
internal static class ScoringReader
{
    private static readonly string[] Formats = ["dataframe_split", "dataframe_records", "instances", "inputs"];

    public static IReadOnlyList<Tensor> ParseJson(in ReadOnlySequence<byte> body, ModelSignature? signature)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        var wanted = $"an object with exactly one of {string.Join(", ", Formats)}";
        if (root.ValueKind != JsonValueKind.Object) throw Shapes.Wrong("$", root.ValueKind, wanted);
        List<string> given = [.. Formats.Where(f => root.TryGetProperty(f, out _))];
        if (given.Count != 1) throw Shapes.Wrong("$", string.Join(", ", root.EnumerateObject().Select(p => p.Name)), wanted);
        // Params reach no model here: as MLflow's server does for a model whose signature has none, they are passed over.
        if (root.TryGetProperty("params", out var parameters) && parameters.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null)) throw Shapes.Wrong("params", parameters.ValueKind, "an object");
        var value = root.GetProperty(given[0]);
        return given[0] switch
        {
            "dataframe_split" => Split(value, signature),
            "dataframe_records" => IsRecords(value, true) ? JsonTensors.Records(value, signature, given[0]) : throw Shapes.Wrong(given[0], value.ValueKind, "a list of objects"),
            "inputs" when value.ValueKind == JsonValueKind.Object => JsonTensors.Members(value, signature, given[0]),
            _ => IsRecords(value, false) ? JsonTensors.Records(value, signature, given[0]) : JsonTensors.Unnamed(value, signature, given[0]),
        };
    }

    private static bool IsRecords(JsonElement value, bool orEmpty)
        => value.ValueKind == JsonValueKind.Array && (value.GetArrayLength() == 0 ? orEmpty : value[0].ValueKind == JsonValueKind.Object);

    private static IReadOnlyList<Tensor> Split(JsonElement value, ModelSignature? signature)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array) throw Shapes.Wrong("dataframe_split.data", value.ValueKind, "a list of rows");
        if (!value.TryGetProperty("columns", out var columns)) return JsonTensors.Unnamed(data, signature, "dataframe_split.data");
        if (columns.ValueKind != JsonValueKind.Array) throw Shapes.Wrong("dataframe_split.columns", columns.ValueKind, "a list of names");
        // Columns that nobody named are numbered by pandas.
        List<string> names = [.. columns.EnumerateArray().Select(c => c.ValueKind switch
        {
            JsonValueKind.String => c.GetString()!,
            JsonValueKind.Number => c.GetRawText(),
            _ => throw Shapes.Wrong("dataframe_split.columns", c.ValueKind, "a list of names"),
        })];
        return JsonTensors.Rows(data, names, signature, "dataframe_split.data");
    }
}
