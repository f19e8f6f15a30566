using Dowel.Features.Online;
using Dowel.Features.Push;
using Dowel.Features.Views;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dowel.Features;

/// <summary>Brings the stores into agreement at start, before the first request: schemas into memory, pushes that a crash cut off, what is left of deleted views, and a lost online store.</summary>
internal sealed partial class FeatureStartup(
    IDb db, ViewCatalog catalog, PushJournal journal, PushService pushes, OfflineStore offline, OnlineStore online, IObjectStore objects, ILogger<FeatureStartup> logger) : IHostedService
{
    private readonly Lock _lock = new();
    private Task? _ready;

    /// <summary>Completes when the stores agree. Other rooms may ask before this one has been started.</summary>
    public Task ReadyAsync()
    {
        lock (_lock) return _ready ??= Task.Run(RunAsync);
    }

    public Task StartAsync(CancellationToken cancellationToken) => ReadyAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RunAsync()
    {
        foreach (var file in Directory.EnumerateFiles(offline.WorkFolder)) File.Delete(file);
        foreach (var folder in Directory.EnumerateDirectories(offline.WorkFolder)) Directory.Delete(folder, recursive: true);
        foreach (var row in await db.ReadAsync(s => s.QueryAsync<ViewRow>("SELECT * FROM features_views"))) catalog.Put(row.ToSchema());
        await journal.LoadAsync(default);

        if (online.IsNew) await RebuildAsync();
        foreach (var push in await journal.PendingAsync(default))
        {
            if (catalog.Find(push.ViewId) is { } view && await objects.GetLocalPathAsync(push.Hash) is not null) await pushes.CarryThroughAsync(view, push, default);
            else
            {
                LogDropped(push.Seq, push.ViewId);
                await journal.DropAsync(push.Seq);
            }
        }
        online.KeepOnly([.. catalog.All.Where(v => v.Online).Select(v => v.KeyPrefix)]);
    }

    /// <summary>Fills an online store that is empty from the offline one.</summary>
    private async Task RebuildAsync()
    {
        foreach (var view in catalog.All.Where(v => v.Online))
        {
            foreach (var segment in await offline.SegmentsAsync(view.Id, default))
            {
                online.Apply(SegmentFile.Read(view, await offline.PathAsync(segment.Hash, default), (int)segment.FeatureCount, default));
                LogRebuilt(segment.RowCount, view.Id);
            }
        }
        online.MarkComplete();
    }

    [LoggerMessage(3020, LogLevel.Information, "Forgot push {Push} to {View}, which was cut off before its rows were stored")]
    private partial void LogDropped(long push, string view);

    [LoggerMessage(3021, LogLevel.Information, "Brought {Rows} rows of {View} back into the online store")]
    private partial void LogRebuilt(long rows, string view);
}
