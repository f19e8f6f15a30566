using System.Globalization;
using System.Security.Cryptography;
using Dowel.Contracts;
using Dowel.Features.Online;
using Dowel.Features.Views;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Features.Push;

/// <summary>Where a push stands; tests break it off after each.</summary>
internal enum PushStep
{
    /// <summary>The segment is a file in the work folder.</summary>
    Written,
    /// <summary>The push is in the journal.</summary>
    Announced,
    /// <summary>The segment is in the object store.</summary>
    Stored,
    /// <summary>The rows are in the online store.</summary>
    Online,
    /// <summary>The push is done.</summary>
    Done,
}

/// <summary>
/// Brings rows into both stores, durably, in an order that leaves nothing half visible whenever the server dies: the segment's file and its hash; the push in the
/// journal as pending, with that hash; the segment in the object store; the rows in the online store, in one synced batch; the push done, in one transaction
/// with the view's figures. At the next start a pending push is carried through where its segment is in the object store, and forgotten where it is not.
/// Carrying it through twice changes nothing, as a row's place is decided by its event time and order alone.
/// </summary>
internal sealed partial class PushService(
    PushJournal journal, OfflineStore offline, OnlineStore online, SegmentMerger merger, IObjectStore objects, ViewCatalog catalog, ViewLocks locks,
    IOptions<FeaturesOptions> options, IOptions<DowelOptions> server, TimeProvider time, ILogger<PushService> logger) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.Value.MaxConcurrentJobs);
    private readonly Dictionary<string, List<PushRow>> _unsettled = [];

    /// <summary>Called after each step, for tests.</summary>
    internal Action<PushStep>? AfterStep { get; set; }

    public async Task<Result<PushResult>> PushAsync(Actor actor, Resource resource, Stream body, bool isCsv, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            if (catalog.Find(resource.Id) is not { } view) return Gone(resource);
            var maxRows = (int)Math.Min(options.Value.MaxPushRows, options.Value.MaxPushValues / view.Features.Count);
            var read = isCsv
                ? await CsvRows.ReadAsync(view, body, Math.Min(options.Value.MaxPushBytes, server.Value.MaxUploadBytes), maxRows, cancellationToken)
                : await JsonRows.ReadAsync(view, body, maxRows, cancellationToken);
            if (read.TryGet(out var batch, out _) && TooFarAhead(view, batch) is { } ahead) return ahead;
            return read.TryGet(out var rows, out var failure) ? await PushAsync(actor, resource, view, rows, cancellationToken) : failure;
        }
        finally
        {
            _places.Release();
        }
    }

    private Failure? TooFarAhead(ViewSchema view, RowBatch rows)
    {
        var latest = (time.GetUtcNow() + EventTime.MostAhead).ToMicros();
        var row = rows.Timestamps.FindIndex(t => t > latest);
        if (row < 0) return null;
        var given = Instants.FromMicros(rows.Timestamps[row]).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return new Failure(ErrorCodes.SchemaMismatch, $"Row {row} is of {given}, which is more than a day ahead: it would stand before every newer row until then.", new FieldError($"rows[{row}].{view.TimestampField}", given, EventTime.Expected));
    }

    internal async Task<Result<PushResult>> PushAsync(Actor actor, Resource resource, ViewSchema view, RowBatch rows, CancellationToken cancellationToken)
    {
        var seq = journal.Next();
        rows.SetOrders(seq);
        var path = offline.NewWorkPath();
        try
        {
            await Task.Run(() => SegmentFile.Write(rows, path, cancellationToken), cancellationToken);
            var push = journal.Make(actor, view, seq, await HashAsync(path, cancellationToken), rows);
            AfterStep?.Invoke(PushStep.Written);

            // From here on a caller who goes away does not stop it.
            await journal.AnnounceAsync(push);
            AfterStep?.Invoke(PushStep.Announced);
            await using (var file = File.OpenRead(path))
            {
                if ((await objects.PutAsync(file, long.MaxValue, CancellationToken.None)).Failure is { } failure)
                {
                    await journal.DropAsync(seq);
                    return failure;
                }
            }
            AfterStep?.Invoke(PushStep.Stored);
            return await FinishAsync(actor, resource, view, push, rows);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task<Result<PushResult>> FinishAsync(Actor actor, Resource resource, ViewSchema view, PushRow push, RowBatch rows)
    {
        using var held = await locks.EnterAsync(view.Id);
        await SettleAsync(view);
        if (catalog.Find(view.Id) is null)
        {
            await journal.DropAsync(push.Seq);
            return Gone(resource);
        }
        try
        {
            var applied = view.Online ? online.Apply(rows) : new OnlineChange(0, 0);
            AfterStep?.Invoke(PushStep.Online);
            if (!(await journal.FinishAsync(push, applied.Entities, actor, resource)).TryGet(out var version, out var failure))
            {
                await journal.DropAsync(push.Seq);
                return failure;
            }
            AfterStep?.Invoke(PushStep.Done);
            merger.Consider(view.Id);
            return new PushResult { Rows = rows.Count, OnlineUpdated = applied.Updated, DataVersion = version };
        }
        catch (Exception e)
        {
            // The database or the disk failed in between: the online store may have the rows already. The next push carries this one through first, or the next start.
            LogUnsettled(e, push.Seq, view.Id);
            Remember(push);
            throw;
        }
    }

    private void Remember(PushRow push)
    {
        lock (_unsettled)
        {
            if (!_unsettled.TryGetValue(push.ViewId, out var pushes)) _unsettled[push.ViewId] = pushes = [];
            pushes.Add(push);
        }
    }

    /// <summary>Carries through what an earlier failure left between the stores. The view's lock is held.</summary>
    private async Task SettleAsync(ViewSchema view)
    {
        List<PushRow>? pushes;
        lock (_unsettled)
            if (!_unsettled.Remove(view.Id, out pushes)) return;
        while (pushes.Count > 0)
        {
            try
            {
                if (await journal.IsPendingAsync(pushes[0].Seq)) await CarryThroughAsync(view, pushes[0], CancellationToken.None);
                pushes.RemoveAt(0);
            }
            catch
            {
                pushes.ForEach(Remember);
                throw;
            }
        }
    }

    /// <summary>Makes a pending push done whose segment is in the object store.</summary>
    internal async Task CarryThroughAsync(ViewSchema view, PushRow push, CancellationToken cancellationToken)
    {
        var path = await offline.PathAsync(push.Hash, cancellationToken);
        var rows = await Task.Run(() => SegmentFile.Read(view, path, (int)push.FeatureCount, cancellationToken), cancellationToken);
        var applied = view.Online ? online.Apply(rows) : new OnlineChange(0, 0);
        if (!(await journal.FinishAsync(push, applied.Entities, null, null)).TryGet(out var version, out var failure)) throw new FailureException(failure);
        LogCarriedThrough(push.Seq, view.Id, version);
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    private static Failure Gone(Resource resource) => Failure.NotFound("feature view", resource.Name);

    public void Dispose() => _places.Dispose();

    [LoggerMessage(3000, LogLevel.Error, "Push {Push} to {View} was broken off after its segment was stored; it is carried through later")]
    private partial void LogUnsettled(Exception e, long push, string view);

    [LoggerMessage(3001, LogLevel.Information, "Carried push {Push} to {View} through as data version {Version}")]
    private partial void LogCarriedThrough(long push, string view, long version);
}
