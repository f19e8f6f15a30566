using System.Buffers;
using System.Security.Cryptography;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Objects;

/// <summary>Objects as files <c>objects/ab/cd/HASH</c> in the data folder. A file appears under its name only when it is whole and on disk.</summary>
internal sealed class LocalObjectStore : IObjectStore
{
    private const int BufferSize = 1 << 17;
    private readonly string _root;
    private readonly string _incoming;

    public LocalObjectStore(IOptions<DowelOptions> options)
    {
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
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            long total = 0;
            try
            {
                await using var file = new FileStream(temp, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
                for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
                {
                    total += read;
                    if (total > maxBytes) return new Failure(ErrorCodes.TooLarge, $"The upload is larger than {maxBytes} bytes.");
                    hash.AppendData(buffer, 0, read);
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
                file.Flush(flushToDisk: true);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
            var name = Convert.ToHexStringLower(hash.GetHashAndReset());
            var path = PathOf(name)!;
            if (!File.Exists(path))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Move(temp, path, overwrite: true);
            }
            return new StoredObject(name, total);
        }
        finally
        {
            File.Delete(temp);
        }
    }

    public Task<Stream?> OpenAsync(string hash, CancellationToken cancellationToken)
        => Task.FromResult<Stream?>(PathOf(hash) is { } path && File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferSize, useAsync: true) : null);

    public Task<string?> GetLocalPathAsync(string hash, CancellationToken cancellationToken)
        => Task.FromResult(PathOf(hash) is { } path && File.Exists(path) ? path : null);

    // A hash comes from our tables, but a path is only ever made of one that looks like a hash.
    private string? PathOf(string hash)
        => hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower) ? Path.Combine(_root, hash[..2], hash[2..4], hash) : null;
}
