using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Tensors;

namespace Dowel.Protocols.Inference.Wire;

/// <summary>
/// Tensors of JSON that names no data types: whole numbers are INT64 (UINT64 past it), other numbers FP64 with null for missing ones, text BYTES, true and false BOOL.
/// The gateway then casts them to what the model takes, where that is safe.
/// </summary>
internal static class JsonTensors
{
    private const int MostColumns = 10_000;

    /// <summary>Refuses more columns than any model takes, before there is room made for each.</summary>
    public static void Limit(int columns, string field)
    {
        if (columns > MostColumns) throw Shapes.Wrong(field, $"{columns} columns", $"at most {MostColumns} columns");
    }

    /// <summary>Reads nested lists; a bare value is one row.</summary>
    public static Tensor Read(JsonElement value, string name, ModelSignature? signature, string field)
        => value.ValueKind == JsonValueKind.Array ? Column([.. value.EnumerateArray()], name, signature, field) : Column([value], name, signature, field);

    /// <summary>Reads one element a row; each may be a list of further dimensions, all of one shape.</summary>
    public static Tensor Column(IReadOnlyList<JsonElement> rows, string name, ModelSignature? signature, string field)
    {
        List<long> shape = [rows.Count];
        for (var first = rows.Count > 0 ? rows[0] : default; first.ValueKind == JsonValueKind.Array; first = first.GetArrayLength() > 0 ? first[0] : default)
        {
            if (shape.Count == Shapes.MostDimensions) throw Shapes.Wrong(field, "more dimensions", $"at most {Shapes.MostDimensions} dimensions");
            shape.Add(first.GetArrayLength());
        }
        var leaves = new List<JsonElement>(rows.Count);
        for (var r = 0; r < rows.Count; r++) Flatten(rows[r], shape, 1, leaves, $"{field}[{r}]");
        return Typed(leaves, name, [.. shape], signature?.Inputs.FirstOrDefault(i => i.Name == name), field);
    }

    /// <summary>Columns of a list of objects; one that a row lacks is missing there.</summary>
    public static IReadOnlyList<Tensor> Records(JsonElement list, ModelSignature? signature, string field)
    {
        var columns = new Dictionary<string, JsonElement[]>(StringComparer.Ordinal);
        var rows = list.GetArrayLength();
        var r = 0;
        foreach (var record in list.EnumerateArray())
        {
            if (record.ValueKind != JsonValueKind.Object) throw Shapes.Wrong($"{field}[{r}]", record.ValueKind, "an object, as the first row is");
            foreach (var cell in record.EnumerateObject())
            {
                if (!columns.TryGetValue(cell.Name, out var column))
                {
                    // Names that change from row to row would ask for the room of a square.
                    Limit(columns.Count + 1, $"{field}[{r}]");
                    if ((long)rows * (columns.Count + 1) > 50_000_000) throw Shapes.Wrong(field, $"{rows} rows of more than {columns.Count} columns", "a smaller table");
                    columns.Add(cell.Name, column = new JsonElement[rows]);
                }
                column[r] = cell.Value;
            }
            r++;
        }
        return [.. columns.Select(c => Column(c.Value, c.Key, signature, $"{field}.{c.Key}"))];
    }

    /// <summary>Columns of a list of rows.</summary>
    public static IReadOnlyList<Tensor> Rows(JsonElement list, IReadOnlyList<string> names, ModelSignature? signature, string field)
    {
        Limit(names.Count, field);
        List<JsonElement>[] columns = [.. names.Select(_ => new List<JsonElement>())];
        var r = 0;
        foreach (var row in list.EnumerateArray())
        {
            if (row.ValueKind != JsonValueKind.Array) throw Shapes.Wrong($"{field}[{r}]", row.ValueKind, "a list with a value for each column");
            if (row.GetArrayLength() != columns.Length) throw Shapes.Wrong($"{field}[{r}]", $"{row.GetArrayLength()} values", $"{columns.Length} values, for {string.Join(", ", names)}");
            var c = 0;
            foreach (var cell in row.EnumerateArray()) columns[c++].Add(cell);
            r++;
        }
        return [.. columns.Select((c, i) => Column(c, names[i], signature, $"{field}.{names[i]}"))];
    }

    /// <summary>An array without a name as the model's inputs: as its only one, or a column for each.</summary>
    public static IReadOnlyList<Tensor> Unnamed(JsonElement value, ModelSignature? signature, string field)
    {
        var inputs = signature?.Inputs ?? [];
        if (inputs.Count <= 1) return [Read(value, inputs.Count == 1 ? inputs[0].Name : "input", signature, field)];
        var wanted = $"rows of {inputs.Count} values, for {string.Join(", ", inputs.Select(i => i.Name))}";
        if (value.ValueKind != JsonValueKind.Array) throw Shapes.Wrong(field, value.ValueKind, wanted);
        return Rows(value, [.. inputs.Select(i => i.Name)], signature, field);
    }

    /// <summary>Each member of an object as an input.</summary>
    public static IReadOnlyList<Tensor> Members(JsonElement value, ModelSignature? signature, string field)
    {
        var members = value.EnumerateObject().ToList();
        Limit(members.Count, field);
        return [.. members.Select(m => Read(m.Value, m.Name, signature, $"{field}.{m.Name}"))];
    }

    /// <summary>The text of a member, or null where it is not there; refuses what is no text.</summary>
    public static string? Text(JsonElement value, string member, string field)
        => !value.TryGetProperty(member, out var text) || text.ValueKind == JsonValueKind.Null ? null
            : text.ValueKind == JsonValueKind.String ? text.GetString() : throw Shapes.Wrong(field, text.ValueKind, "text");

    private static void Flatten(JsonElement value, List<long> shape, int depth, List<JsonElement> leaves, string field)
    {
        if (depth == shape.Count)
        {
            if (value.ValueKind is JsonValueKind.Array or JsonValueKind.Object) throw Shapes.Wrong(field, value.ValueKind, "a value, as the first row has there");
            leaves.Add(value);
            return;
        }
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != shape[depth]) throw Shapes.Wrong(field, value.ValueKind == JsonValueKind.Array ? $"{value.GetArrayLength()} values" : value.ValueKind, $"a list of {shape[depth]}, as the first row has there");
        foreach (var element in value.EnumerateArray()) Flatten(element, shape, depth + 1, leaves, field);
    }

    private static Tensor Typed(List<JsonElement> leaves, string name, long[] shape, TensorSpec? spec, string field)
    {
        bool text = false, truth = false, numbers = false, missing = false, whole = true, natural = true;
        foreach (var leaf in leaves)
            switch (leaf.ValueKind)
            {
                case JsonValueKind.String: text = true; break;
                case JsonValueKind.True or JsonValueKind.False: truth = true; break;
                case JsonValueKind.Null or JsonValueKind.Undefined: missing = true; break;
                default:
                    numbers = true;
                    whole = whole && leaf.TryGetInt64(out _);
                    natural = natural && leaf.TryGetUInt64(out _);
                    break;
            }
        if ((text ? 1 : 0) + (truth ? 1 : 0) + (numbers ? 1 : 0) > 1 || (truth && missing)) throw Shapes.Wrong(field, "values of several kinds", "numbers, text, or true and false alone");
        if (text || (!numbers && !truth && spec?.Datatype == "BYTES")) return new Tensor<string>(name, [.. leaves.Select(l => l.ValueKind == JsonValueKind.String ? l.GetString()! : null!)], shape);
        if (truth) return new Tensor<bool>(name, [.. leaves.Select(l => l.GetBoolean())], shape);
        if (whole && numbers && !missing) return new Tensor<long>(name, [.. leaves.Select(l => l.GetInt64())], shape);
        if (natural && numbers && !missing) return new Tensor<ulong>(name, [.. leaves.Select(l => l.GetUInt64())], shape);
        return new Tensor<double>(name, [.. leaves.Select(l => Real(l, field))], shape);
    }

    private static double Real(JsonElement value, string field)
        => value.ValueKind != JsonValueKind.Number ? double.NaN : value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Shapes.Wrong(field, value.GetRawText(), "numbers that 64 bits hold");
}
