using Dowel.Kernel.Results;

namespace Dowel.Protocols.Inference.Wire;

/// <summary>Shapes as callers claim them.</summary>
internal static class Shapes
{
    /// <summary>Dimensions at most.</summary>
    public const int MostDimensions = 16;

    /// <summary>The number of elements that a shape claims; refuses one that no array could hold. A shape is only a claim: make room as values come.</summary>
    public static int Count(ReadOnlySpan<long> shape, string field)
    {
        if (shape.Length > MostDimensions) throw Wrong(field, $"more than {MostDimensions} dimensions", $"at most {MostDimensions} dimensions");
        var count = 1L;
        for (var d = 0; d < shape.Length; d++)
        {
            if (shape[d] < 0) throw Wrong($"{field}[{d}]", shape[d], "a whole number of at least 0");
            if (shape[d] > int.MaxValue || count * shape[d] > int.MaxValue) throw Wrong(field, Text(shape), "a shape of fewer elements");
            count *= shape[d];
        }
        return (int)count;
    }

    public static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>The failure of one field, to be thrown out of a parser.</summary>
    public static FailureException Wrong(string field, object? given, string expected) => new(Failure.Invalid(field, given, expected));
}
