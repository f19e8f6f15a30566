using System.Runtime.InteropServices;
using RocksDbSharp;

namespace Dowel.Features.Online;

/// <summary>A row where RocksDB has it, without a copy; dispose it soon.</summary>
internal readonly unsafe ref struct PinnedRow : IDisposable
{
    private readonly IntPtr _slice;
    private readonly ReadOnlySpan<byte> _bytes;

    private PinnedRow(IntPtr slice)
    {
        _slice = slice;
        if (slice == IntPtr.Zero) return;
        var value = Native.Instance.rocksdb_pinnableslice_value(slice, out var length);
        _bytes = new ReadOnlySpan<byte>((void*)value, (int)length);
    }

    public bool IsFound => _slice != IntPtr.Zero;
    public OnlineRow Row => new(_bytes);

    public static PinnedRow Get(OnlineStore store, ReadOnlySpan<byte> key)
    {
        IntPtr error, slice;
        fixed (byte* start = key)
            slice = Native.Instance.rocksdb_get_pinned(store.Handle, store.ReadHandle, start, (UIntPtr)key.Length, out error);
        if (error != IntPtr.Zero) Throw(store, error);
        return new PinnedRow(slice);
    }

    /// <summary>Takes over a slice of <see cref="GetMany"/>.</summary>
    public static PinnedRow Own(IntPtr slice) => new(slice);

    /// <summary>Looks several keys up in one call.</summary>
    /// <param name="store">The store.</param>
    /// <param name="keys">The keys, one after the other; an empty one is found nowhere.</param>
    /// <param name="ends">Where each key ends.</param>
    /// <param name="slices">What was found, each to be taken over by <see cref="Own"/>.</param>
    public static void GetMany(OnlineStore store, ReadOnlySpan<byte> keys, ReadOnlySpan<int> ends, Span<IntPtr> slices)
    {
        var starts = stackalloc IntPtr[ends.Length];
        var sizes = stackalloc UIntPtr[ends.Length];
        var errors = new IntPtr[ends.Length];
        fixed (byte* first = keys)
        fixed (IntPtr* found = slices)
        {
            for (var (i, start) = (0, 0); i < ends.Length; start = ends[i++])
            {
                starts[i] = (IntPtr)(first + start);
                sizes[i] = (UIntPtr)(ends[i] - start);
            }
            Native.Instance.rocksdb_batched_multi_get_cf(
                store.Handle, store.ReadHandle, store.FamilyHandle, (UIntPtr)ends.Length, (IntPtr)starts, (IntPtr)sizes, (IntPtr)found, errors, 0);
        }
        var failed = Array.Find(errors, e => e != IntPtr.Zero);
        if (failed == IntPtr.Zero) return;
        foreach (var slice in slices)
            if (slice != IntPtr.Zero) Native.Instance.rocksdb_pinnableslice_destroy(slice);
        foreach (var error in errors)
            if (error != IntPtr.Zero && error != failed) Native.Instance.rocksdb_free(error);
        Throw(store, failed);
    }

    private static void Throw(OnlineStore store, IntPtr error)
    {
        var message = Marshal.PtrToStringUTF8(error);
        Native.Instance.rocksdb_free(error);
        throw store.ReadFailed(message);
    }

    public void Dispose()
    {
        if (_slice != IntPtr.Zero) Native.Instance.rocksdb_pinnableslice_destroy(_slice);
    }
}
