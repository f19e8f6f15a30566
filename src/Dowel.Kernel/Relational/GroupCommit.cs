using System.Diagnostics;
using System.Threading.Channels;
using Dowel.Kernel.Results;
using Microsoft.Data.Sqlite;

namespace Dowel.Kernel.Relational;

/// <summary>
/// Many small writes in one SQLite transaction: each is undone alone where it fails (a savepoint), all are durable by one sync, and nobody is told before that.
/// </summary>
internal sealed class GroupCommit : IAsyncDisposable
{
    private const int MostWrites = 512;
    private static readonly TimeSpan MostTime = TimeSpan.FromMilliseconds(50);
    private readonly Channel<IPending> _queue = Channel.CreateUnbounded<IPending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SqlitePool _pool;
    private readonly SemaphoreSlim _writer;
    private readonly Task _loop;

    public GroupCommit(SqlitePool pool, SemaphoreSlim writer)
    {
        (_pool, _writer) = (pool, writer);
        _loop = Task.Run(LoopAsync);
    }

    public Task<Result<T>> WriteAsync<T>(Func<DbSession, Task<Result<T>>> write, CancellationToken cancellationToken)
    {
        var pending = new Pending<T>(write, cancellationToken);
        return _queue.Writer.TryWrite(pending) ? pending.Task : throw new ObjectDisposedException(nameof(Db));
    }

    private async Task LoopAsync()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            await _writer.WaitAsync();
            try
            {
                await CommitOneGroupAsync();
            }
            finally
            {
                _writer.Release();
            }
        }
    }

    private async Task CommitOneGroupAsync()
    {
        var group = new List<IPending>();
        PooledSqlite? connection = null;
        try
        {
            connection = await _pool.RentAsync(CancellationToken.None);
            await using (var transaction = connection.BeginTransaction(deferred: false))
            {
                var begun = Stopwatch.GetTimestamp();
                while (group.Count < MostWrites && Stopwatch.GetElapsedTime(begun) < MostTime && _queue.Reader.TryRead(out var pending))
                {
                    group.Add(pending);
                    await pending.RunAsync(connection, transaction);
                }
                await transaction.CommitAsync();
            }
            _pool.Return(connection);
        }
        catch (Exception e)
        {
            if (connection is not null) await connection.DisposeAsync();
            group.ForEach(p => p.Fail(e));
            return;
        }
        group.ForEach(p => p.Complete());
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
    }

    private interface IPending
    {
        Task RunAsync(PooledSqlite connection, SqliteTransaction transaction);
        void Complete();
        void Fail(Exception e);
    }

    private sealed class Pending<T>(Func<DbSession, Task<Result<T>>> write, CancellationToken cancellationToken) : IPending
    {
        private readonly TaskCompletionSource<Result<T>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private DbSession? _session;
        private Result<T> _result;
        private Exception? _fault;

        public Task<Result<T>> Task => _done.Task;

        public async Task RunAsync(PooledSqlite connection, SqliteTransaction transaction)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                _fault = new OperationCanceledException(cancellationToken);
                return;
            }
            // Half of a write must not stay, so it is never cancelled in its middle.
            _session = new DbSession(DbEngine.Sqlite, connection, transaction, CancellationToken.None);
            await _session.Prepare("SAVEPOINT write").ExecuteAsync(CancellationToken.None);
            try
            {
                _result = await _session.RunAsync(write);
            }
            catch (Exception e)
            {
                _fault = e;
            }
            if (_fault is not null || !_result.IsOk)
            {
                _session.Forget();
                await _session.Prepare("ROLLBACK TO write").ExecuteAsync(CancellationToken.None);
            }
            await _session.Prepare("RELEASE write").ExecuteAsync(CancellationToken.None);
        }

        public void Complete()
        {
            if (_fault is not null)
            {
                Fail(_fault);
                return;
            }
            try
            {
                _session!.Committed();
                _done.TrySetResult(_result);
            }
            catch (Exception e)
            {
                Fail(e);
            }
        }

        public void Fail(Exception e)
        {
            if (e is OperationCanceledException cancelled) _done.TrySetCanceled(cancelled.CancellationToken);
            else _done.TrySetException(e);
        }
    }
}
