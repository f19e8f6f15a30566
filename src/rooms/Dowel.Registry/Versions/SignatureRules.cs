using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Registry.Versions;

/// <summary>What a signature may say, and whether two signatures agree.</summary>
internal static class SignatureRules
{
    private const int MostTensors = 2000;

    public static Failure? Check(ModelSignature signature) => Check("signature.inputs", signature.Inputs) ?? Check("signature.outputs", signature.Outputs);

    /// <summary>Where a registered signature and what the model says of itself differ; empty where they agree. Outputs that the model has besides do no harm.</summary>
    public static IReadOnlyList<string> Differences(ModelSignature registered, ModelSignature model)
    {
        var found = new List<string>();
        var have = model.Inputs.ToDictionary(t => t.Name);
        foreach (var input in registered.Inputs)
            if (!have.TryGetValue(input.Name, out var own)) found.Add($"the model has no input '{input.Name}'");
            else
            {
                Compare("input", input, own, found);
                if (input.Optional && !own.Optional) found.Add($"the model requires the input '{input.Name}'");
            }
        found.AddRange(model.Inputs.Where(own => !own.Optional && registered.Inputs.All(i => i.Name != own.Name)).Select(own => $"the model also requires the input '{own.Name}'"));
        have = model.Outputs.ToDictionary(t => t.Name);
        foreach (var output in registered.Outputs)
            if (!have.TryGetValue(output.Name, out var own)) found.Add($"the model has no output '{output.Name}'");
            else Compare("output", output, own, found);
        return found;
    }

    public static string Text(IEnumerable<TensorSpec> tensors) => string.Join(", ", tensors.Select(t => $"{t.Name} {t.Datatype}[{string.Join(',', t.Shape)}]"));

    private static void Compare(string what, TensorSpec registered, TensorSpec own, List<string> found)
    {
        if (registered.Datatype != own.Datatype) found.Add($"the {what} '{own.Name}' is {own.Datatype} in the model, not {registered.Datatype}");
        if (registered.Shape.Count != own.Shape.Count || registered.Shape.Zip(own.Shape).Any(d => d.First > 0 && d.Second > 0 && d.First != d.Second))
            found.Add($"the {what} '{own.Name}' has shape [{string.Join(',', own.Shape)}] in the model, not [{string.Join(',', registered.Shape)}]");
    }

    private static Failure? Check(string field, IReadOnlyList<TensorSpec>? tensors)
    {
        if (tensors is not { Count: > 0 and <= MostTensors }) return Failure.Invalid(field, $"{tensors?.Count ?? 0} tensors", $"1 to {MostTensors}");
        var names = new HashSet<string>();
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i] is not { } t || string.IsNullOrEmpty(t.Name) || t.Name.Length > 250 || t.Name.Any(char.IsControl)) return Failure.Invalid($"{field}[{i}].name", tensors[i]?.Name, "1 to 250 characters, no control characters");
            if (!names.Add(t.Name)) return Failure.Invalid($"{field}[{i}].name", t.Name, "a name that stands once");
            if (t.Datatype is null || Datatypes.TypeOf(t.Datatype) is null) return Failure.Invalid($"{field}[{i}].datatype", t.Datatype, $"one of {string.Join(", ", Datatypes.All.Order())}");
            if (t.Shape is not { Count: > 0 and <= 8 } || t.Shape.Any(d => d is 0 or < -1 or > int.MaxValue)) return Failure.Invalid($"{field}[{i}].shape", t.Shape is null ? null : string.Join(", ", t.Shape), "1 to 8 sizes, -1 for any");
            if (t.Values is { Count: > 10_000 }) return Failure.Invalid($"{field}[{i}].values", $"{t.Values.Count} values", "at most 10000");
        }
        return null;
    }
}
