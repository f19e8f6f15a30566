using Dowel.Kernel.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dowel.Catalog.Uploads;

/// <summary>Where files stand while a request works on them. What a crash left there was never acknowledged and goes at the next start.</summary>
internal sealed class WorkFolder(IOptions<DowelOptions> options) : IHostedService
{
    public string Root { get; } = options.Value.Folder("catalog", "work");

    /// <summary>A path that nobody else uses.</summary>
    public string NewPath(string extension) => Path.Combine(Root, Guid.NewGuid().ToString("n") + extension);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var file in Directory.EnumerateFiles(Root)) File.Delete(file);
        foreach (var directory in Directory.EnumerateDirectories(Root)) Directory.Delete(directory, recursive: true);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
