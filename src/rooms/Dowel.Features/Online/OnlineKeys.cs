using System.Buffers.Binary;
using System.Text;
using Dowel.Features.Views;

namespace Dowel.Features.Online;

/// <summary>
/// Keys of the online store: a kind (0: figures of a view, 1: rows), the view's 16 bytes, then the entity key in an order-preserving form:
/// int64 big-endian with the sign bit turned, text as UTF-8.
/// </summary>
internal static class OnlineKeys
{
    public const byte Figures = 0;
    public const byte Row = 1;
    public const int PrefixLength = 17;
    /// <summary>The longest text key, in UTF-8 bytes.</summary>
    public const int MaxText = 1024;
    public const int MaxLength = PrefixLength + MaxText;

    public static int Write(ViewSchema view, long key, Span<byte> target)
    {
        WritePrefix(Row, view.KeyPrefix, target);
        BinaryPrimitives.WriteUInt64BigEndian(target[PrefixLength..], (ulong)key ^ 0x8000_0000_0000_0000UL);
        return PrefixLength + 8;
    }

    /// <returns>The key's length; 0 where the text is too long to be a key.</returns>
    public static int Write(ViewSchema view, string key, Span<byte> target)
    {
        WritePrefix(Row, view.KeyPrefix, target);
        return Encoding.UTF8.TryGetBytes(key, target.Slice(PrefixLength, MaxText), out var written) ? PrefixLength + written : 0;
    }

    public static byte[] Prefix(byte kind, ReadOnlySpan<byte> view)
    {
        var key = new byte[PrefixLength];
        WritePrefix(kind, view, key);
        return key;
    }

    /// <summary>The first key after all that begin with this; empty where there is none.</summary>
    public static byte[] After(ReadOnlySpan<byte> prefix)
    {
        var next = prefix.ToArray();
        for (var i = next.Length - 1; i >= 0; i--)
            if (++next[i] != 0) return next[..(i + 1)];
        return [];
    }

    private static void WritePrefix(byte kind, ReadOnlySpan<byte> view, Span<byte> target)
    {
        target[0] = kind;
        view.CopyTo(target[1..]);
    }
}
