using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Objects;

/// <summary>Objects as files <c>objects/ab/cd/HASH</c> in the data folder. A file appears under its name only when it is whole and on disk; its time is that of the last put.</summary>
internal sealed class LocalObjectStore : IObjectStore
{
    private const int BufferSize = 1 << 20;
    private readonly TimeProvider _time;
    private readonly string _root;
    private readonly string _incoming;
    // Between a put that finds its content there and a removal of what nobody put for long.
    private readonly Lock _names = new();

    public LocalObjectStore(IOptions<DowelOptions> options, TimeProvider time)
    {
        _time = time;
        _root = options.Value.Folder("objects");
        _incoming = options.Value.Folder("objects", "incoming");
        // What a crash left behind was never acknowledged.
        foreach (var file in Directory.EnumerateFiles(_incoming)) File.Delete(file);
    }

    public async Task<Result<StoredObject>> PutAsync(Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        var temp = Path.Combine(_incoming, Guid.NewGuid().ToString("n"));
        try
        {
            if (!(await WriteAsync(content, temp, maxBytes, cancellationToken)).TryGet(out var stored, out var failure)) return failure;
            var path = PathOf(stored.Hash)!;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.SetLastWriteTimeUtc(temp, _time.GetUtcNow().UtcDateTime);
            lock (_names)
            {
                if (File.Exists(path)) File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
                else File.Move(temp, path);
            }
            return stored;
        }
        finally
        {
            File.Delete(temp);
        }
    }

    public Task<Stream?> OpenAsync(string hash, CancellationToken cancellationToken)
        => Task.FromResult<Stream?>(PathOf(hash) is { } path && File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true) : null);

    public Task<string?> GetLocalPathAsync(string hash, CancellationToken cancellationToken)
        => Task.FromResult(PathOf(hash) is { } path && File.Exists(path) ? path : null);

    public async IAsyncEnumerable<string> ListAsync(DateTimeOffset putBefore, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in new DirectoryInfo(_root).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (PathOf(file.Name) == file.FullName && file.LastWriteTimeUtc < putBefore.UtcDateTime) yield return file.Name;
            await ValueTask.CompletedTask;
        }
    }

    public Task<bool> DeleteAsync(string hash, DateTimeOffset putBefore, CancellationToken cancellationToken)
    {
        if (PathOf(hash) is not { } path) return Task.FromResult(false);
        lock (_names)
        {
            if (!File.Exists(path) || File.GetLastWriteTimeUtc(path) >= putBefore.UtcDateTime) return Task.FromResult(false);
            File.Delete(path);
            return Task.FromResult(true);
        }
    }

    // While one buffer is hashed and written, the next one is read.
    private static async Task<Result<StoredObject>> WriteAsync(Stream content, string path, long maxBytes, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, other) = (ArrayPool<byte>.Shared.Rent(BufferSize), ArrayPool<byte>.Shared.Rent(BufferSize));
        var behind = Task.CompletedTask;
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
            long total = 0;
            try
            {
                for (int read; (read = await content.ReadAtLeastAsync(buffer, BufferSize, throwOnEndOfStream: false, cancellationToken)) > 0; (buffer, other) = (other, buffer))
                {
                    total += read;
                    if (total > maxBytes) return new Failure(ErrorCodes.TooLarge, $"The upload is larger than {maxBytes} bytes.");
                    await behind;
                    behind = KeepAsync(file, hash, buffer.AsMemory(0, read), cancellationToken);
                    if (read < BufferSize) break;
                }
            }
            finally
            {
                // The buffers and the file are in use until then.
                await behind;
            }
            file.Flush(flushToDisk: true);
            return new StoredObject(Convert.ToHexStringLower(hash.GetHashAndReset()), total);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            ArrayPool<byte>.Shared.Return(other);
        }
    }

    private static async Task KeepAsync(FileStream file, IncrementalHash hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var write = file.WriteAsync(bytes, cancellationToken);
        if (bytes.Length < BufferSize) hash.AppendData(bytes.Span);
        else await Task.Run(() => hash.AppendData(bytes.Span), CancellationToken.None);
        await write;
    }

    // A hash comes from our tables, but a path is only ever made of one that looks like a hash.
    private string? PathOf(string hash)
        => hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower) ? Path.Combine(_root, hash[..2], hash[2..4], hash) : null;
}
