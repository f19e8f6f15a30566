using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Registry.Gates;

/// <summary>Whether outputs are as a signature says.</summary>
internal static class OutputCheck
{
    /// <summary>Throws <see cref="ModelException"/> with what is wrong. A missing value (NaN, null) is wrong unless the signature calls the output optional; outputs besides do no harm.</summary>
    public static void Require(ModelSignature signature, IReadOnlyList<Tensor>? outputs, int rows)
    {
        if (outputs is null || outputs.Any(o => o is null)) throw new ModelException("the model answered nothing");
        foreach (var spec in signature.Outputs)
        {
            var output = outputs.FirstOrDefault(o => o.Name == spec.Name)
                ?? throw new ModelException($"the output '{spec.Name}' is missing; the model answered {(outputs.Count == 0 ? "none" : string.Join(", ", outputs.Select(o => $"'{o.Name}'")))}");
            if (output.Datatype != spec.Datatype) throw new ModelException($"the output '{spec.Name}' is {output.Datatype}, not {spec.Datatype}");
            if (output.Shape.Length != spec.Shape.Count || output.Shape.Zip(spec.Shape).Skip(1).Any(d => d.Second > 0 && d.First != d.Second) || output.Shape.Aggregate(1L, (a, d) => a * d) != output.Count)
                throw new ModelException($"the output '{spec.Name}' has shape [{string.Join(", ", output.Shape)}] with {output.Count} values, not [{string.Join(", ", spec.Shape)}]");
            if (output.Rows != rows) throw new ModelException($"the output '{spec.Name}' has {output.Rows} rows for {rows} rows of input");
            for (var i = 0; i < output.Count; i++)
            {
                var value = output[i];
                if (!spec.Optional && (value is null or double.NaN or float.NaN || (value is Half half && Half.IsNaN(half)))) throw new ModelException($"the output '{spec.Name}' has no value (NaN) in element {i}");
                if (spec.Values is { Count: > 0 } allowed && value is string text && !allowed.Contains(text)) throw new ModelException($"the output '{spec.Name}' is '{text}', not one of {string.Join(", ", allowed)}");
            }
        }
    }
}
