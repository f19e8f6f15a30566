using System.Diagnostics;
using System.Text;
using Dowel.Kernel.Ports;

namespace Dowel.Serving.Python;

/// <summary>Sends what a process prints to a deployment's log, a line at a time, and remembers the last one.</summary>
internal sealed class ProcessLog(IModelLog log)
{
    private const int LongestLine = 16 << 10;

    /// <summary>The last line that said something.</summary>
    public string? Last { get; private set; }

    /// <summary>Ends when the process and all that hold its output have closed it.</summary>
    public Task FollowAsync(Process process) => Task.WhenAll(FollowAsync(process.StandardOutput.BaseStream), FollowAsync(process.StandardError.BaseStream));

    private async Task FollowAsync(Stream stream)
    {
        var buffer = new byte[LongestLine];
        var used = 0;
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer.AsMemory(used))) > 0)
            {
                used += read;
                var start = 0;
                for (int length; (length = buffer.AsSpan(start, used - start).IndexOf((byte)'\n')) >= 0; start += length + 1) Write(buffer.AsSpan(start, length));
                // A line without an end is cut, so that it takes no memory.
                if (start == 0 && used == buffer.Length) (start, _) = (used, Write(buffer));
                buffer.AsSpan(start, used - start).CopyTo(buffer);
                used -= start;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process was let go of.
        }
        if (used > 0) Write(buffer.AsSpan(0, used));
    }

    private bool Write(ReadOnlySpan<byte> bytes)
    {
        var line = Encoding.UTF8.GetString(bytes.TrimEnd((byte)'\r'));
        if (line.Trim() is { Length: > 0 } said) Last = said;
        log.Write(line);
        return true;
    }
}
