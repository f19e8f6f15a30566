using Dowel.Contracts;
using Dowel.Kernel.Tensors;

namespace Dowel.Protocols.Inference.OpenInference;

/// <summary>The names of inputs.</summary>
internal static class OipNames
{
    /// <summary>What MLServer's request codecs call the only input, whose name they do not know.</summary>
    private const string Unnamed = "input-1";

    /// <summary>The inputs; an only one that has no name of its own is the model's only one.</summary>
    public static IReadOnlyList<Tensor> Settle(IReadOnlyList<Tensor> inputs, ModelSignature? signature)
    {
        if (inputs is not [{ Name: Unnamed } only] || signature?.Inputs is not [var wanted] || wanted.Name == Unnamed) return inputs;
        var named = only.Rename(wanted.Name);
        OipParameters.Of(only)?.KeepWith(named);
        return [named];
    }
}
