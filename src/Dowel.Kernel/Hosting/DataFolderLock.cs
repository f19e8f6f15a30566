using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Hosting;

/// <summary>One server a data folder: two would overwrite each other's files.</summary>
internal sealed class DataFolderLock(IOptions<DowelOptions> options) : IDisposable
{
    private FileStream? _file;

    public void Take()
    {
        var path = Path.Combine(options.Value.Folder(), "server.lock");
        try
        {
            _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new InvalidOperationException($"The data folder '{options.Value.DataDir}' is in use by another Dowel server. Stop it, or choose another folder with --data-dir.");
        }
    }

    public void Dispose() => _file?.Dispose();
}
