namespace Dowel.Tables.Segments;

/// <summary>Reads the records of a log file.</summary>
internal static class SegmentLogFile
{
    /// <summary>What a scan found.</summary>
    /// <param name="Records">Sound records.</param>
    /// <param name="SoundLength">The length up to the end of the last sound record.</param>
    /// <param name="DamagedBytes">Bytes between sound records that are none.</param>
    /// <param name="EndsInZeros">Whether after it there is only the room that a writer had made ready.</param>
    public readonly record struct Scan(int Records, long SoundLength, long DamagedBytes, bool EndsInZeros);

    public delegate void OnRecord(ReadOnlySpan<byte> payload);

    /// <summary>Visits the sound records among the first <paramref name="length"/> bytes, passing over what is damaged.</summary>
    public static Scan Read(string path, long length, OnRecord? visit)
    {
        // A log file is bounded by SealBytes and one batch, so it is read whole.
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[checked((int)Math.Min(length, RandomAccess.GetLength(handle)))];
        for (var filled = 0; filled < bytes.Length;)
        {
            var read = RandomAccess.Read(handle, bytes.AsSpan(filled), filled);
            if (read == 0) break;
            filled += read;
        }

        var (records, position, sound, damaged) = (0, 0, 0, 0L);
        while (position < bytes.Length)
        {
            var payload = SegmentFrame.TryRead(bytes.AsSpan(position));
            if (payload < 0)
            {
                var next = SegmentFrame.FindNext(bytes, position + 1);
                if (next < 0) break;
                damaged += next - position;
                position = next;
                continue;
            }
            visit?.Invoke(bytes.AsSpan(position + SegmentFrame.HeaderSize, payload));
            position += SegmentFrame.HeaderSize + payload;
            sound = position;
            records++;
        }
        return new(records, sound, damaged, !bytes.AsSpan(sound).ContainsAnyExcept((byte)0));
    }
}
