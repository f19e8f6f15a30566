using System.Security.Cryptography;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Import;

/// <summary>Brings the files of runs and logged models to the server: by their hashes it says which it lacks, and those are sent.</summary>
internal sealed class FileJob(MlflowReader reader, MlflowImport server, ArtifactFolder folder, ImportTally tally, ImportProgress progress)
{
    private const int FilesAtOnce = 500;
    private const long BytesAtOnce = 256L << 20;
    private const int Senders = 4;
    private readonly List<(ImportFile File, string Local)> _batch = [];
    private long _batchBytes;

    /// <summary>Counts files and bytes.</summary>
    public async Task CountAsync(IReadOnlyList<FoundExperiment> experiments, CancellationToken cancellationToken)
    {
        await foreach (var (_, path) in OwnersAsync(experiments, _ => false, true, cancellationToken))
            foreach (var (_, file) in ArtifactFolder.Walk(path, new ImportTally()))
            {
                tally.Files.Found++;
                tally.Bytes.Found += file.Length;
            }
    }

    public async Task SendAsync(IReadOnlyList<FoundExperiment> experiments, Func<string, bool> isRefused, CancellationToken cancellationToken)
    {
        progress.Begin(ImportParts.Bytes, tally.Bytes.Found);
        await foreach (var (owner, path) in OwnersAsync(experiments, isRefused, false, cancellationToken))
            foreach (var (name, file) in ArtifactFolder.Walk(path, tally))
            {
                try
                {
                    var (hash, bytes) = await HashAsync(file.FullName, cancellationToken);
                    _batch.Add((new ImportFile(owner, name, hash, bytes), file.FullName));
                    _batchBytes += bytes;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    tally.NotRead("a file cannot be read");
                    continue;
                }
                if (_batch.Count >= FilesAtOnce || _batchBytes >= BytesAtOnce) await SendBatchAsync(cancellationToken);
            }
        await SendBatchAsync(cancellationToken);
        progress.End(ImportParts.Bytes);
    }

    private async IAsyncEnumerable<(string Owner, string Folder)> OwnersAsync(IReadOnlyList<FoundExperiment> experiments, Func<string, bool> isRefused, bool quiet, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var locations = experiments.ToDictionary(e => e.Id, e => e.Location);
        var wanted = locations.Keys.ToHashSet();
        await foreach (var (run, experiment, uri) in reader.RunFilesAsync(wanted, cancellationToken))
            if (!isRefused(run) && Find(uri, locations[experiment], quiet) is { } path) yield return (run, path);
        await foreach (var page in reader.LoggedModelsAsync(wanted, cancellationToken))
            foreach (var model in page)
                if (!isRefused(model.Spec.Id) && Find(model.Location, locations[model.Experiment], quiet) is { } path) yield return (model.Spec.Id, path);
    }

    private string? Find(string uri, string location, bool quiet)
    {
        var path = folder.Find(uri, location, out var why);
        if (!quiet && why.Length > 0) tally.NotRead(why);
        return path;
    }

    private async Task SendBatchAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count == 0) return;
        var missing = await AskAsync(_batch, cancellationToken);
        // The same content twice is sent once; the server then has it for the others.
        var first = missing.DistinctBy(f => f.File.Hash).ToList();
        await Parallel.ForEachAsync(first, new ParallelOptions { MaxDegreeOfParallelism = Senders, CancellationToken = cancellationToken }, async (file, token) => await SendAsync(file.File, file.Local, token));
        var others = missing.Except(first).ToList();
        if (others.Count > 0)
            foreach (var (file, local) in await AskAsync(others, cancellationToken)) await SendAsync(file, local, cancellationToken);
        _batch.Clear();
        _batchBytes = 0;
    }

    /// <summary>Those that the server lacks.</summary>
    private async Task<List<(ImportFile File, string Local)>> AskAsync(List<(ImportFile File, string Local)> files, CancellationToken cancellationToken)
    {
        var states = (await server.CheckFilesAsync([.. files.Select(f => f.File)], cancellationToken)).Files;
        var missing = new List<(ImportFile, string)>();
        for (var i = 0; i < files.Count; i++)
        {
            var file = files[i].File;
            switch (states[i].State)
            {
                case ImportFileAnswer.Missing:
                    missing.Add(files[i]);
                    continue;
                case ImportFileAnswer.Refused:
                    tally.Refuse(tally.Files, $"file {file.Path} of {file.Owner}: {states[i].Why}");
                    break;
                case ImportFileAnswer.Linked:
                    tally.Files.Imported++;
                    break;
                default:
                    tally.Files.Present++;
                    tally.Bytes.Present += file.Bytes;
                    break;
            }
            progress.Add(ImportParts.Bytes, file.Bytes);
        }
        return missing;
    }

    private async Task SendAsync(ImportFile file, string local, CancellationToken cancellationToken)
    {
        try
        {
            var content = Open(local);
            var stored = await server.FileAsync(file.Owner, file.Path, content, cancellationToken);
            if (stored.Hash != file.Hash) tally.NotRead("a file changed while it was read; import again");
            lock (tally.Files)
            {
                tally.Files.Imported++;
                tally.Bytes.Imported += file.Bytes;
            }
        }
        catch (DowelException e) when (e.Status is 400 or 409 or 413)
        {
            tally.Refuse(tally.Files, $"file {file.Path} of {file.Owner}: {e.Message}");
        }
        catch (FileNotFoundException)
        {
            tally.NotRead("a file was gone before it was sent");
        }
        lock (_batch) progress.Add(ImportParts.Bytes, file.Bytes);
    }

    private static async Task<(string Hash, long Bytes)> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var content = Open(path);
        var hash = await SHA256.HashDataAsync(content, cancellationToken);
        return (Convert.ToHexStringLower(hash), content.Length);
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
}
