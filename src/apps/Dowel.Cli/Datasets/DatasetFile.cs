using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Datasets;

/// <summary>Makes a file a new version of a dataset, and the dataset if it is not there.</summary>
internal static class DatasetFile
{
    public static async Task<(Dataset Dataset, DatasetVersion Version)> UploadAsync(CliSession session, string path, string? format, CreateDataset spec, CancellationToken cancellationToken)
    {
        var kind = format ?? DatasetFormats.OfFile(path);
        var dataset = await FindOrCreateAsync(session, spec, cancellationToken);
        await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return (dataset, await session.Client.Datasets.UploadAsync(dataset.Id, content, kind, Path.GetFileName(path), cancellationToken));
    }

    private static async Task<Dataset> FindOrCreateAsync(CliSession session, CreateDataset spec, CancellationToken cancellationToken)
    {
        try
        {
            return await session.Client.Datasets.GetAsync(spec.Project is null ? spec.Name : $"{spec.Project}.{spec.Name}", cancellationToken);
        }
        catch (DowelException e) when (e.Code == ErrorCodes.NotFound.Code)
        {
            var made = await session.Client.Datasets.CreateAsync(spec, cancellationToken);
            await session.Output.NoteAsync($"Created dataset {made.Project}.{made.Name}.");
            return made;
        }
    }
}
