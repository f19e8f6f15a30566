using Dowel.Features.Online;
using Dowel.Features.Views;
using Dowel.Kernel.Tensors;

namespace Dowel.Features.Joins;

/// <summary>Turns the elements of a tensor into keys of the online store.</summary>
internal static class KeyReader
{
    public static bool Fits(FeatureType type, Tensor keys) => type == FeatureType.Int64
        ? keys is Tensor<long> or Tensor<int> or Tensor<short> or Tensor<sbyte> or Tensor<byte> or Tensor<ushort> or Tensor<uint> or Tensor<ulong>
        : keys is Tensor<string>;

    /// <returns>The key's length; 0 for what cannot be a key, which is found nowhere.</returns>
    public static int Write(ViewSchema view, Tensor keys, int row, Span<byte> target) => keys switch
    {
        Tensor<long> t => OnlineKeys.Write(view, t.Values[row], target),
        Tensor<string> t => t.Values[row] is { } text ? OnlineKeys.Write(view, text, target) : 0,
        Tensor<int> t => OnlineKeys.Write(view, t.Values[row], target),
        Tensor<short> t => OnlineKeys.Write(view, t.Values[row], target),
        Tensor<sbyte> t => OnlineKeys.Write(view, t.Values[row], target),
        Tensor<byte> t => OnlineKeys.Write(view, t.Values[row], target),
        Tensor<ushort> t => OnlineKeys.Write(view, t.Values[row], target),
        Tensor<uint> t => OnlineKeys.Write(view, t.Values[row], target),
        Tensor<ulong> t => t.Values[row] <= long.MaxValue ? OnlineKeys.Write(view, (long)t.Values[row], target) : 0,
        _ => 0,
    };
}
