using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.Raw;

/// <summary>How long a request that is handed on waits for the beginning of its answer, from when the last of its body was read. What has begun may last.</summary>
internal sealed class Patience : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly TimeSpan _time;
    private int _answered;

    /// <summary>Begins to wait.</summary>
    /// <param name="context">The request; its body is read through this from now on.</param>
    /// <param name="time">How long.</param>
    public Patience(HttpContext context, TimeSpan time)
    {
        _time = time;
        Begin();
        context.Request.Body = new Watched(context.Request.Body, Begin);
    }

    /// <summary>Cancelled when it is over.</summary>
    public CancellationToken Token => _over.Token;

    /// <summary>Whether it ended before the answer began.</summary>
    public bool IsOver => _over.IsCancellationRequested;

    /// <summary>The answer has begun.</summary>
    public void Answered()
    {
        Volatile.Write(ref _answered, 1);
        _over.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _over.Dispose();

    private void Begin()
    {
        if (Volatile.Read(ref _answered) == 0) _over.CancelAfter(_time);
    }

    /// <summary>Says when something was read of it.</summary>
    private sealed class Watched(Stream inner, Action read) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            read();
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
