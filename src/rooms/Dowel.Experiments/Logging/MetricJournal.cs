using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dowel.Experiments.Logging;

/// <summary>
/// Metrics on their way into the tables. A call is acknowledged when its points are one row of the journal, which costs a page; here they wait to be sorted together with others and written
/// where they are read from, many at a time. Whoever reads metrics asks first (<see cref="CatchUpAsync"/>), so they never miss what was acknowledged. After a crash the journal's rows are taken up again.
/// </summary>
internal sealed partial class MetricJournal(IDb db, TimeProvider time, ILogger<MetricJournal> logger) : BackgroundService
{
    // Enough that a run's next thousand steps of a metric lie side by side; little enough that a reader waits a second at the most.
    private const int WriteAt = 100_000;
    private const int MostWaiting = 2_000_000;
    private const int PointsAtOnce = 20_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SemaphoreSlim _added = new(0, 1);
    private List<Entry> _waiting = [];
    private HashSet<long> _waitingExperiments = [];
    private HashSet<long> _writtenExperiments = [];
    private int _points;
    private long _oldest;
    private int _seen;
    private TaskCompletionSource? _room;

    /// <summary>Records points within the transaction of a call.</summary>
    public async Task RecordAsync(DbSession session, long experimentNo, long runNo, Point[] points)
    {
        var no = Convert.ToInt64(await session.Prepare("INSERT INTO experiments_journal (run_no, points) VALUES (@p0, @p1) RETURNING no").With(runNo, PointCodec.Encode(points)).ScalarAsync());
        session.AfterCommit(() => Add(new Entry(no, experimentNo, points)));
    }

    /// <summary>Waits while too much is on its way, so that ingest cannot outrun the disk and fill the memory.</summary>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        Task? full;
        lock (_gate) full = _points < MostWaiting ? null : (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        if (full is not null) await full.WaitAsync(cancellationToken);
    }

    /// <summary>Returns when everything that was acknowledged for these experiments is in the tables.</summary>
    public async ValueTask CatchUpAsync(IEnumerable<long> experimentNos, CancellationToken cancellationToken)
    {
        if (IsBehind(experimentNos)) await WriteOutAsync(cancellationToken);
    }

    private bool IsBehind(IEnumerable<long> experimentNos)
    {
        lock (_gate) return _waitingExperiments.Count + _writtenExperiments.Count > 0 && experimentNos.Any(no => _waitingExperiments.Contains(no) || _writtenExperiments.Contains(no));
    }

    /// <summary>Takes up what a crash left in the journal. Called before the first request.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var rows = await db.ReadAsync(s => s.QueryAsync<JournalRow>(
            "SELECT j.no, j.run_no, j.points, r.experiment_no FROM experiments_journal j LEFT JOIN experiments_runs r ON r.no = j.run_no ORDER BY j.no"), cancellationToken);
        foreach (var row in rows) Add(new Entry(row.No, row.ExperimentNo ?? 0, row.ExperimentNo is null ? [] : PointCodec.Decode(row.RunNo, row.Points)));
        if (rows.Count > 0) await WriteOutAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await _added.WaitAsync(stoppingToken);
                // While more comes in, it waits: what comes together is written together.
                while (IsGrowing()) await Task.Delay(Pause, time, stoppingToken);
                try
                {
                    await WriteOutAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    // It stays in the journal and in memory; the next round tries again.
                    LogLate(e);
                    await Task.Delay(MostDelay, time, stoppingToken);
                    Wake();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        await WriteOutAsync(CancellationToken.None);
    }

    private bool IsGrowing()
    {
        lock (_gate)
        {
            var grew = _points != _seen;
            _seen = _points;
            return grew && _points < WriteAt && time.GetElapsedTime(_oldest) < MostDelay;
        }
    }

    private void Add(Entry entry)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0) _oldest = time.GetTimestamp();
            _waiting.Add(entry);
            _waitingExperiments.Add(entry.ExperimentNo);
            _points += entry.Points.Length;
        }
        Wake();
    }

    private void Wake()
    {
        try
        {
            if (_added.CurrentCount == 0) _added.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else woke it in between.
        }
    }

    private async Task WriteOutAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            List<Entry> entries;
            lock (_gate)
            {
                (entries, _waiting) = (_waiting, []);
                (_writtenExperiments, _waitingExperiments) = (_waitingExperiments, []);
                _seen = 0;
            }
            if (entries.Count == 0) return;
            try
            {
                await WriteAsync(entries);
            }
            catch
            {
                lock (_gate)
                {
                    entries.AddRange(_waiting);
                    _waiting = entries;
                    _waitingExperiments.UnionWith(_writtenExperiments);
                }
                throw;
            }
            lock (_gate)
            {
                _writtenExperiments = [];
                _points -= entries.Sum(e => e.Points.Length);
                if (_points < MostWaiting) Interlocked.Exchange(ref _room, null)?.TrySetResult();
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task WriteAsync(List<Entry> entries)
    {
        var points = new List<Point>(entries.Sum(e => e.Points.Length));
        foreach (var entry in entries) points.AddRange(entry.Points);
        var all = points.ToArray();
        Array.Sort(all);
        for (var from = 0; from < all.Length; from += PointsAtOnce)
        {
            var part = all.AsMemory(from, Math.Min(PointsAtOnce, all.Length - from));
            await db.WriteAsync<Unit>(async s =>
            {
                await MetricTables.WriteAsync(s, part);
                return Unit.Value;
            }, CancellationToken.None);
        }
        // Last: a crash in between writes the same points once more, which changes nothing.
        await db.WriteAsync<Unit>(async s =>
        {
            foreach (var nos in entries.Select(e => e.No).Chunk(1000)) await s.ExecuteAsync("DELETE FROM experiments_journal WHERE no IN @nos", new { nos });
            return Unit.Value;
        }, CancellationToken.None);
    }

    [LoggerMessage(4000, LogLevel.Error, "Metrics wait in the journal: writing them to their tables failed")]
    private partial void LogLate(Exception e);

    private sealed record Entry(long No, long ExperimentNo, Point[] Points);

    private sealed class JournalRow
    {
        public long No { get; set; }
        public long RunNo { get; set; }
        public long? ExperimentNo { get; set; }
        public byte[] Points { get; set; } = [];
    }
}
