using System.Collections.Concurrent;
using System.Security.Cryptography;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Registry.Versions;

/// <summary>
/// Brings a version's files into a local folder of their own, where loaders find them under their names. A folder appears under the version's id only when it is whole:
/// it is written beside it, checked against sizes and hashes, and renamed. Files are copies, not links, so nothing that a model does to its folder reaches the object store.
/// </summary>
internal sealed partial class ModelFiles(IObjectStore store, IOptions<DowelOptions> options, ILogger<ModelFiles> logger)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _locks = new();
    private readonly string _root = options.Value.Folder("registry", "models");
    private int _cleaned;

    /// <summary>The local folder with the files.</summary>
    public async Task<string> MaterialiseAsync(string versionId, IReadOnlyList<FileRow> files, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _cleaned, 1) == 0) CleanUp();
        var folder = ArtifactPaths.Below(_root, versionId);
        var one = _locks.GetOrAdd(versionId, _ => new SemaphoreSlim(1, 1));
        await one.WaitAsync(cancellationToken);
        try
        {
            if (IsWhole(folder, files)) return folder;
            var temp = Path.Combine(_root, $".{versionId}.{Guid.NewGuid():n}.tmp");
            try
            {
                Directory.CreateDirectory(temp);
                foreach (var file in files) await CopyAsync(file, ArtifactPaths.Below(temp, file.Path), cancellationToken);
                // What is there is not whole: somebody changed it. It is moved away first, so that the name is free and open files stay readable.
                if (Directory.Exists(folder))
                {
                    LogDamaged(folder);
                    var old = Path.Combine(_root, $".{versionId}.{Guid.NewGuid():n}.old.tmp");
                    Directory.Move(folder, old);
                    Delete(old);
                }
                Directory.Move(temp, folder);
                return folder;
            }
            finally
            {
                Delete(temp);
            }
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Removes the folders of versions that are gone.</summary>
    public void Forget(IEnumerable<string> versionIds)
    {
        foreach (var id in versionIds) Delete(ArtifactPaths.Below(_root, id));
    }

    private async Task CopyAsync(FileRow file, string target, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        await using var from = await store.OpenAsync(file.Hash, cancellationToken) ?? throw new ObjectMissingException(file.Hash, $"'{file.Path}'");
        await using var to = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 17];
        for (int read; (read = await from.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        if (to.Length != file.Bytes || Convert.ToHexStringLower(hash.GetHashAndReset()) != file.Hash)
            throw new InvalidDataException($"The content of '{file.Path}' ({file.Hash}) is damaged in the object store.");
        // On disk before the rename, so that a whole folder stays whole through a power cut.
        to.Flush(flushToDisk: true);
    }

    private static bool IsWhole(string folder, IReadOnlyList<FileRow> files)
        => Directory.Exists(folder) && files.All(f => new FileInfo(ArtifactPaths.Below(folder, f.Path)) is { Exists: true } info && info.Length == f.Bytes)
            && Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count() == files.Count;

    // What a crash left half-written; the data folder belongs to one server.
    private void CleanUp()
    {
        foreach (var left in Directory.EnumerateDirectories(_root, ".*.tmp")) Delete(left);
    }

    private void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(e, folder);
        }
    }

    [LoggerMessage(5000, LogLevel.Warning, "The folder {Folder} was not whole and is made again")]
    private partial void LogDamaged(string folder);

    [LoggerMessage(5001, LogLevel.Warning, "The folder {Folder} could not be deleted")]
    private partial void LogNotDeleted(Exception e, string folder);
}
