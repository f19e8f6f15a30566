using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Observability.Predictions;

/// <summary>Makes tensors of the plain values that a model elsewhere was called with: the narrowest type that holds them all.</summary>
internal static class PlainTensor
{
    private const int LongestName = 200;

    /// <summary>A list of tensors of one value (or array of values) a row; <paramref name="rows"/> must be the same throughout a record, -1 while unknown.</summary>
    public static Result<IReadOnlyList<Tensor>> ListOf(string field, IReadOnlyDictionary<string, object?[]>? columns, ref int rows)
    {
        List<Tensor> tensors = [];
        foreach (var (name, values) in columns ?? new Dictionary<string, object?[]>())
        {
            if (name.Length > LongestName || name.Any(char.IsControl)) return Failure.Invalid(field, name, $"names of at most {LongestName} characters without control characters");
            if (values is null) return Failure.Invalid($"{field}.{name}", null, "an array with one value a row");
            if (rows < 0) rows = values.Length;
            if (values.Length != rows) return Failure.Invalid($"{field}.{name}", $"{values.Length} values", $"{rows} values, one a row as in the other columns");
            if (!Of(field, name, values).TryGet(out var tensor, out var failure)) return failure;
            tensors.Add(tensor);
        }
        return tensors;
    }

    private static Result<Tensor> Of(string field, string name, object?[] values)
    {
        var shape = new long[] { values.Length };
        if (values.Any(v => v is object?[]))
        {
            var width = (values.FirstOrDefault(v => v is object?[]) as object?[])!.Length;
            if (values.Any(v => v is not object?[] row || row.Length != width)) return Failure.Invalid($"{field}.{name}", "arrays of different lengths", "an array of the same length for every row");
            shape = [values.Length, width];
            values = [.. values.SelectMany(v => (object?[])v!)];
        }
        var (bools, integers, numbers, texts, missing) = (0, 0, 0, 0, 0);
        foreach (var value in values)
            switch (value)
            {
                case null: missing++; break;
                case bool: bools++; break;
                case long: integers++; break;
                case double: numbers++; break;
                case string: texts++; break;
                default: return Failure.Invalid($"{field}.{name}", "an object or a deeper array", "null, true, false, numbers, texts, or an array of them for every row");
            }
        var special = integers + numbers > 0 ? values.Count(v => v is "NaN" or "Infinity" or "-Infinity") : 0;
        if (bools > 0 && bools == values.Length) return new Tensor<bool>(name, [.. values.Select(v => (bool)v!)], shape);
        if (integers > 0 && integers == values.Length) return new Tensor<long>(name, [.. values.Select(v => (long)v!)], shape);
        if (integers + numbers > 0 && integers + numbers + special + missing == values.Length) return new Tensor<double>(name, [.. values.Select(Number)], shape);
        if (texts + missing == values.Length) return new Tensor<string>(name, [.. values.Select(v => (string)v!)], shape);
        // Truth values with gaps have no type of their own; as texts they stay what they are.
        if (bools + missing == values.Length) return new Tensor<string>(name, [.. values.Select(v => v is bool b ? b ? "true" : "false" : null!)], shape);
        return Failure.Invalid($"{field}.{name}", "values of different types", "values of one type, or null");
    }

    private static double Number(object? value) => value switch
    {
        null or "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        long whole => whole,
        _ => (double)value,
    };
}
