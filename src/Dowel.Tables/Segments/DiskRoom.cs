using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Dowel.Tables.Segments;

/// <summary>Room on the disk for a part of a file that is not written yet.</summary>
internal static class DiskRoom
{
    private const int Interrupted = 4;

    /// <summary>Makes the file longer by zeros for which the disk has room. Where the system can, it reserves the room without writing it.</summary>
    /// <exception cref="IOException">The disk is full, or cannot be written. The file may have become longer in part.</exception>
    public static void Reserve(SafeFileHandle file, long offset, long length)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.Write(file, new byte[length], offset);
            return;
        }
        // Answers with the error instead of setting errno; where the file system cannot reserve, the C library writes a byte into each block.
        int error;
        do error = PosixFallocate(file, offset, length);
        while (error == Interrupted);
        if (error != 0) throw new IOException(new Win32Exception(error).Message);
    }

    [DllImport("libc", EntryPoint = "posix_fallocate")]
    private static extern int PosixFallocate(SafeFileHandle file, long offset, long length);
}
