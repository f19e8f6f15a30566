using System.Numerics;
using Dowel.Kernel.Tensors;

namespace Dowel.Adapters.MlNet;

/// <summary>Casts a tensor's values to a column's type.</summary>
internal delegate T[] Cast<T>(Tensor tensor);

/// <summary>The kernel's safe casts, and those that only ML.NET's columns need.</summary>
internal static class TensorCast
{
    public static T[] ToNumbers<T>(Tensor tensor) where T : unmanaged, INumber<T>
    {
        // The usual case, without a look at anything else: the caller's values are read where they lie.
        if (tensor is Tensor<T> same) return same.Values;
        var cast = TensorConvert.Cast(tensor, Datatypes.Of<T>());
        return cast.IsOk ? ((Tensor<T>)cast.Value).Values : throw new InputException($"Input '{tensor.Name}' ({tensor.Datatype}): {cast.Failure!.Detail}");
    }

    public static bool[] ToBooleans(Tensor tensor)
    {
        if (tensor is Tensor<bool> same) return same.Values;
        return Array.ConvertAll(ToNumbers<byte>(tensor), number => number switch
        {
            0 => false,
            1 => true,
            _ => throw new InputException($"Input '{tensor.Name}' has the value {number}; the model takes false or true (0 or 1)."),
        });
    }

    // ML.NET has no missing text; the empty one stands for it, and null becomes that.
    public static ReadOnlyMemory<char>[] ToText(Tensor tensor) => tensor is Tensor<string> texts
        ? Array.ConvertAll(texts.Values, text => text.AsMemory())
        : throw new InputException($"Input '{tensor.Name}' is {tensor.Datatype}; the model takes text (BYTES).");
}
