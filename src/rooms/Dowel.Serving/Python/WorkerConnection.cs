using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Python;

/// <summary>The requests under way in one worker, over its socket. Frames that are written at the same time go out together; one loop reads the answers.</summary>
internal sealed class WorkerConnection(Socket socket, TimeProvider time) : IDisposable
{
    /// <summary>A frame from a worker at most. Answers live in arrays of at most as many bytes.</summary>
    private const uint MostFrameBytes = 1 << 30;
    private const int MostQueuedBytes = 512 << 20;
    private const int ReadBytes = 64 << 10;

    private readonly ConcurrentDictionary<uint, Pending> _pending = new();
    private readonly TaskCompletionSource<ModelSignature> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private FrameBuffer _filling = new();
    private FrameBuffer _sending = new();
    private bool _flushing;
    private uint _lastId;
    private long _lastFrame;

    /// <summary>When the worker has nothing more to say, with why.</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>Has the worker load a model; what it says of it. Call once.</summary>
    public Task<ModelSignature> LoadAsync(string flavor, string folder, int memoryMb, ModelSignature? signature)
    {
        _ = ReadAsync();
        Enqueue(b => WorkerFrames.Load(b, flavor, folder, memoryMb, signature));
        return _ready.Task;
    }

    public async ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new Pending(this, Interlocked.Increment(ref _lastId));
        _pending[pending.Id] = pending;
        if (Ended.IsCompleted) Fail(pending, await Ended);
        try
        {
            Enqueue(b => WorkerFrames.Predict(b, pending.Id, inputs));
        }
        catch
        {
            _pending.TryRemove(pending.Id, out _);
            throw;
        }
        await using (cancellationToken.UnsafeRegister(static (p, ct) => ((Pending)p!).Abandon(ct), pending))
        {
            return await pending.Task;
        }
    }

    /// <summary>Whether a request that was given up has been unanswered this long, and nothing else came meanwhile: the worker hangs.</summary>
    public bool IsStuck(TimeSpan grace)
    {
        foreach (var (_, pending) in _pending)
            if (pending.AbandonedAt is > 0 and var at && Volatile.Read(ref _lastFrame) <= at && time.GetElapsedTime(at) > grace) return true;
        return false;
    }

    private void Enqueue(Action<FrameBuffer> write)
    {
        lock (_gate)
        {
            // A worker that hangs does not read; its requests must not fill the memory.
            if (_filling.Length > MostQueuedBytes) throw new ModelUnavailableException("The model's worker is too far behind with its requests.");
            var before = _filling.Length;
            try
            {
                write(_filling);
            }
            catch (OverflowException)
            {
                _filling.Rewind(before);
                throw new ModelException("The request is too large for a worker.");
            }
            if (_flushing) return;
            _flushing = true;
        }
        _ = FlushAsync();
    }

    private async Task FlushAsync()
    {
        try
        {
            while (true)
            {
                lock (_gate)
                {
                    if (_filling.Length == 0)
                    {
                        _flushing = false;
                        return;
                    }
                    (_filling, _sending) = (_sending, _filling);
                }
                for (var rest = _sending.Written; rest.Length > 0;) rest = rest[await socket.SendAsync(rest)..];
                _sending.Clear();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            End("it hung up");
        }
    }

    private async Task ReadAsync()
    {
        var why = "it hung up";
        try
        {
            var buffer = new byte[ReadBytes];
            var (start, end) = (0, 0);
            while (true)
            {
                var needed = HandleAll(buffer.AsSpan(start, end - start), out var handled);
                start += handled;
                var left = end - start;
                // Room grows with what has come, not with what a length promises; what a large frame took is let go after it.
                var next = buffer;
                if (left == buffer.Length) next = new byte[Math.Min(needed, 4L * left)];
                else if (buffer.Length > ReadBytes && needed <= ReadBytes && left <= ReadBytes) next = new byte[ReadBytes];
                if (start > 0 || next != buffer) buffer.AsSpan(start, left).CopyTo(next);
                (buffer, start, end) = (next, 0, left);
                var read = await socket.ReceiveAsync(buffer.AsMemory(end));
                if (read == 0) break;
                end += read;
                Volatile.Write(ref _lastFrame, time.GetTimestamp());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Its process ended, or we let go of it.
        }
        catch (InvalidDataException e)
        {
            why = e.Message;
        }
        End(why);
    }

    /// <summary>Handles the whole frames of a buffer; the size of the one that is not whole yet.</summary>
    private int HandleAll(ReadOnlySpan<byte> data, out int handled)
    {
        handled = 0;
        while (data.Length - handled >= WorkerFrames.HeaderBytes)
        {
            var rest = data[handled..];
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            var kind = (WorkerFrame)BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length is < WorkerFrames.HeaderBytes - 4 or > MostFrameBytes || kind is < WorkerFrame.Ready or > WorkerFrame.Cancelled) throw FrameReader.Broken("its header");
            if (length + 4 > rest.Length) return (int)length + 4;
            Handle(kind, BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]), rest[WorkerFrames.HeaderBytes..((int)length + 4)]);
            handled += (int)length + 4;
        }
        return WorkerFrames.HeaderBytes;
    }

    private void Handle(WorkerFrame kind, uint request, ReadOnlySpan<byte> body)
    {
        var reader = new FrameReader(body);
        switch (kind)
        {
            case WorkerFrame.Ready: _ready.TrySetResult(reader.Signature()); return;
            case WorkerFrame.Failed: _ready.TrySetException(new ModelException(reader.Text())); return;
        }
        if (!_pending.TryGetValue(request, out var pending)) throw FrameReader.Broken("its request");
        switch (kind)
        {
            case WorkerFrame.Result: pending.TrySetResult(reader.Output()); break;
            case WorkerFrame.Error: pending.TrySetException(new ModelException(reader.Text())); break;
            case WorkerFrame.Cancelled: pending.TrySetCanceled(); break;
        }
        _pending.TryRemove(request, out _);
    }

    private void End(string why)
    {
        if (!_ended.TrySetResult(why)) return;
        _ready.TrySetException(new WorkerEndedException(why));
        // Whoever adds one after this sees that it has ended.
        foreach (var (_, pending) in _pending) Fail(pending, why);
    }

    private void Fail(Pending pending, string why)
    {
        _pending.TryRemove(pending.Id, out _);
        pending.TrySetException(new ModelUnavailableException($"The model's worker ended while it had the request: {why}."));
    }

    public void Dispose()
    {
        socket.Dispose();
        End("it hung up");
    }

    private sealed class Pending(WorkerConnection connection, uint id) : TaskCompletionSource<ModelOutput>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private long _abandonedAt;

        public uint Id => id;

        /// <summary>When its caller gave up; 0 while they wait. It stays until the worker has answered, so that one that never does is found out.</summary>
        public long AbandonedAt => Volatile.Read(ref _abandonedAt);

        public void Abandon(CancellationToken cancellationToken)
        {
            if (!TrySetCanceled(cancellationToken)) return;
            Volatile.Write(ref _abandonedAt, connection.Now());
            connection.Cancel(id);
        }
    }

    private long Now() => time.GetTimestamp();

    private void Cancel(uint id)
    {
        try
        {
            Enqueue(b => WorkerFrames.Cancel(b, id));
        }
        catch (ModelException)
        {
            // It is too far behind to be told.
        }
    }
}

/// <summary>The worker ended before it said whether its model is loaded.</summary>
internal sealed class WorkerEndedException(string why) : Exception(why);
