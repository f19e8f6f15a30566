using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Registry.Versions;

/// <summary>Makes tensors of an input example, checking it against the signature on the way.</summary>
internal static class ExampleTensors
{
    /// <param name="signature">The inputs.</param>
    /// <param name="example">Each input's rows by name; the row of an input with further dimensions is a (nested) list.</param>
    /// <param name="rows">Only so many rows from the first; null for all.</param>
    public static Result<IReadOnlyList<Tensor>> Build(ModelSignature signature, IReadOnlyDictionary<string, object?[]> example, int? rows = null)
    {
        if (CheckLengths(example) is { } uneven) return uneven;
        var known = signature.Inputs.Select(i => i.Name).ToHashSet();
        if (example.Keys.FirstOrDefault(k => !known.Contains(k)) is { } unknown)
            return Failure.Invalid($"inputExample.{unknown}", unknown, $"one of the signature's inputs: {string.Join(", ", known)}");
        var tensors = new List<Tensor>();
        foreach (var input in signature.Inputs)
        {
            if (!example.TryGetValue(input.Name, out var values))
            {
                if (input.Optional) continue;
                return Failure.Invalid($"inputExample.{input.Name}", null, "values: the signature says that this input is required");
            }
            if (!One(input, rows is { } n ? values[..Math.Min(n, values.Length)] : values).TryGet(out var tensor, out var failure)) return failure;
            tensors.Add(tensor);
        }
        return tensors;
    }

    /// <summary>Null if there are values, and as many of each input.</summary>
    public static Failure? CheckLengths(IReadOnlyDictionary<string, object?[]> example)
    {
        if (example.Count == 0) return Failure.Invalid("inputExample", "nothing", "values of each input");
        if (example.FirstOrDefault(e => e.Value is not { Length: > 0 }) is { Key: { } empty }) return Failure.Invalid($"inputExample.{empty}", "no values", "at least one value");
        var (first, length) = (example.First().Key, example.First().Value.Length);
        return example.FirstOrDefault(e => e.Value.Length != length) is { Key: { } uneven }
            ? Failure.Invalid($"inputExample.{uneven}", $"{example[uneven].Length} values", $"as many values as '{first}' has ({length})")
            : null;
    }

    private static Result<Tensor> One(TensorSpec spec, object?[] values)
    {
        var field = $"inputExample.{spec.Name}";
        var flat = new List<object?>();
        long[]? inner = null;
        foreach (var value in values)
        {
            var (from, shape) = (flat.Count, new List<long>());
            if (!Flatten(value, 0, spec.Shape.Count - 1, shape, flat)) return Failure.Invalid(field, "a row of another shape", $"rows of shape [{string.Join(", ", spec.Shape.Skip(1))}]");
            inner ??= [.. shape];
            if (!inner.SequenceEqual(shape) || !spec.Shape.Skip(1).Zip(shape, (want, have) => want < 0 || want == have).All(fits => fits))
                return Failure.Invalid(field, $"a row of shape [{string.Join(", ", shape)}]", $"rows of shape [{string.Join(", ", spec.Shape.Skip(1))}], all the same");
        }
        if (spec.Shape[0] > 0 && spec.Shape[0] != values.Length) return Failure.Invalid(field, $"{values.Length} rows", $"{spec.Shape[0]} rows, as the signature says");
        if (spec.Values is { Count: > 0 } allowed && flat.FirstOrDefault(v => v is not null && !allowed.Contains(v as string)) is { } odd)
            return Failure.Invalid(field, odd, $"one of {string.Join(", ", allowed)}");
        if (!TensorConvert.FromValues(spec, flat).TryGet(out var tensor, out var failure))
            return failure with { Fields = [.. failure.Fields.Select(f => f with { Field = field })] };
        return inner is { Length: > 0 } ? Reshape(tensor, [values.Length, .. inner]) : tensor;
    }

    private static bool Flatten(object? value, int depth, int depths, List<long> shape, List<object?> flat)
    {
        if (depth == depths)
        {
            flat.Add(value);
            return value is not object?[];
        }
        if (value is not object?[] items) return false;
        if (shape.Count == depth) shape.Add(items.Length);
        if (shape[depth] != items.Length) return false;
        foreach (var item in items)
            if (!Flatten(item, depth + 1, depths, shape, flat)) return false;
        // An empty list says nothing of the dimensions below it.
        return items.Length > 0 || depth + 1 == depths;
    }

    private static Tensor Reshape(Tensor tensor, long[] shape) => tensor switch
    {
        Tensor<float> t => new Tensor<float>(t.Name, t.Values, shape),
        Tensor<double> t => new Tensor<double>(t.Name, t.Values, shape),
        Tensor<Half> t => new Tensor<Half>(t.Name, t.Values, shape),
        Tensor<long> t => new Tensor<long>(t.Name, t.Values, shape),
        Tensor<int> t => new Tensor<int>(t.Name, t.Values, shape),
        Tensor<short> t => new Tensor<short>(t.Name, t.Values, shape),
        Tensor<sbyte> t => new Tensor<sbyte>(t.Name, t.Values, shape),
        Tensor<ulong> t => new Tensor<ulong>(t.Name, t.Values, shape),
        Tensor<uint> t => new Tensor<uint>(t.Name, t.Values, shape),
        Tensor<ushort> t => new Tensor<ushort>(t.Name, t.Values, shape),
        Tensor<byte> t => new Tensor<byte>(t.Name, t.Values, shape),
        Tensor<bool> t => new Tensor<bool>(t.Name, t.Values, shape),
        Tensor<string> t => new Tensor<string>(t.Name, t.Values, shape),
        _ => throw new NotSupportedException($"A tensor of {tensor.Datatype} cannot be reshaped."),
    };
}
