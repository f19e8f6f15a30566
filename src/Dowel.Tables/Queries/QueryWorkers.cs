using Dowel.Kernel.Hosting;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Tables.Queries;

/// <summary>
/// Runs SQL in processes of their own, one query at a time in each, so that a query that takes too much or crashes takes nothing but its process with it.
/// A process starts when a query finds none free, stays for a while, and is replaced when it ends. Callers bound how many queries they run at once.
/// </summary>
public sealed class QueryWorkers : IDisposable
{
    private static readonly TimeSpan KeepFor = TimeSpan.FromMinutes(2);

    private readonly IOptions<DowelOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<QueryWorkers> _logger;
    private readonly Lock _gate = new();
    private readonly List<(QueryWorker Worker, DateTimeOffset Since)> _idle = [];
    private readonly ITimer _sweep;
    private bool _disposed;

    /// <summary>Starts no process yet.</summary>
    public QueryWorkers(IOptions<DowelOptions> options, TimeProvider time, ILogger<QueryWorkers> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _sweep = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Runs one query.</summary>
    /// <param name="tables">The tables it may see: as <c>schema.name</c>, and as <c>name</c> where that is unambiguous.</param>
    /// <param name="sql">One SELECT (or VALUES, FROM, DESCRIBE, SUMMARIZE) statement in DuckDB's dialect.</param>
    /// <param name="limits">What it may use; null for the defaults.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>The rows, or why it was refused, failed or stopped.</returns>
    public async Task<Result<QueryResult>> RunAsync(IReadOnlyList<QueryTable> tables, string sql, QueryLimits? limits = null, CancellationToken ct = default)
    {
        if (SandboxedQuery.Check(sql) is { } failure) return failure;
        ct.ThrowIfCancellationRequested();
        var request = new QueryRequest([.. tables], sql, limits ?? QueryLimits.Default);
        while (true)
        {
            var idle = TakeIdle();
            var worker = idle ?? await QueryWorker.StartAsync(_options.Value.Folder("query-workers"), _logger, ct);
            try
            {
                var answer = await worker.RunAsync(request, ct);
                // One that died while it was idle says nothing about the query; the next takes it.
                if (idle is null || !worker.NeverTook) return answer;
            }
            finally
            {
                Return(worker);
            }
        }
    }

    private QueryWorker? TakeIdle()
    {
        lock (_gate)
        {
            while (_idle.Count > 0)
            {
                var worker = _idle[^1].Worker;
                _idle.RemoveAt(_idle.Count - 1);
                if (worker.IsFit) return worker;
                worker.Dispose();
            }
            return null;
        }
    }

    private void Return(QueryWorker worker)
    {
        lock (_gate)
        {
            if (worker.IsFit && !_disposed)
            {
                _idle.Add((worker, _time.GetUtcNow()));
                if (_idle.Count == 1) _sweep.Change(KeepFor, KeepFor);
                return;
            }
        }
        worker.Dispose();
    }

    private void Sweep()
    {
        lock (_gate)
        {
            var old = _time.GetUtcNow() - KeepFor;
            foreach (var (worker, _) in _idle.Where(i => i.Since <= old)) worker.Dispose();
            _idle.RemoveAll(i => i.Since <= old);
            if (_idle.Count == 0) _sweep.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends the processes that are idle; those that work end with their query.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var (worker, _) in _idle) worker.Dispose();
            _idle.Clear();
        }
        _sweep.Dispose();
    }
}
