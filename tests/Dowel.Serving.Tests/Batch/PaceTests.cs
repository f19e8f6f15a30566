using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Batch;
using Dowel.Tables;

namespace Dowel.Serving.Tests.Batch;

/// <summary>How fast a run goes and what it waits for, by a clock that jumps to whatever is waited for.</summary>
public class PaceTests
{
    private readonly JumpingTime _time = new();

    [Theory, InlineData(100), InlineData(7.5), InlineData(100_000)]
    public async Task No_more_rows_go_out_than_the_limit_allows(double rate)
    {
        var (pace, target) = (new BatchPace(new BatchSettings { MaxRowsPerSecond = rate }, 10_000, _time), new Target());
        var sent = new List<(TimeSpan At, int Rows)>();
        for (var i = 0; i < 50; i++)
        {
            await pace.WaitAsync(pace.CallRows, target, default);
            sent.Add((_time.Elapsed, pace.CallRows));
            pace.Learn(pace.CallRows, TimeSpan.FromMilliseconds(1));
        }
        // Each call comes when all rows before it have had their time; timers count in milliseconds.
        var due = TimeSpan.Zero;
        foreach (var (at, rows) in sent)
        {
            Assert.InRange(at, due - TimeSpan.FromMilliseconds(1), due + TimeSpan.FromMilliseconds(1));
            due += TimeSpan.FromSeconds(rows / rate);
        }
        Assert.True(due > TimeSpan.FromMilliseconds(30));
    }

    [Fact]
    public async Task Requests_of_others_go_first_but_for_a_call_a_second()
    {
        var (pace, target) = (new BatchPace(new BatchSettings(), 10_000, _time), new Target { Busy = 2 });
        await pace.WaitAsync(10, target, default);
        Assert.InRange(_time.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.01));

        target.FreeAt = 10;
        await pace.WaitAsync(10, target, default);
        Assert.InRange(_time.Elapsed, TimeSpan.FromSeconds(1.03), TimeSpan.FromSeconds(1.1));
        await pace.WaitAsync(10, target, default);
        Assert.InRange(_time.Elapsed, TimeSpan.FromSeconds(1.03), TimeSpan.FromSeconds(1.1));
    }

    [Fact]
    public void Calls_become_as_large_as_fit_into_twenty_milliseconds()
    {
        var pace = new BatchPace(new BatchSettings(), 10_000, _time);
        for (var i = 0; i < 20; i++) pace.Learn(pace.CallRows, TimeSpan.FromMilliseconds(0.1 * pace.CallRows));
        Assert.InRange(pace.CallRows, 180, 220);
        for (var i = 0; i < 20; i++) pace.Learn(pace.CallRows, TimeSpan.FromMilliseconds(200 * pace.CallRows));
        Assert.Equal(1, pace.CallRows);
        for (var i = 0; i < 20; i++) pace.Learn(pace.CallRows, TimeSpan.Zero);
        Assert.Equal(10_000, pace.CallRows);
        // A chunk's last rows say nothing.
        pace.Learn(3, TimeSpan.FromSeconds(9));
        Assert.Equal(10_000, pace.CallRows);
    }

    [Fact]
    public async Task A_row_that_ends_the_model_is_found_and_the_others_are_answered()
    {
        var target = new Target { Dies = 42 };
        var (answers, progress) = await PredictAsync(target, 100);
        Assert.Equal([42], answers.Reasons.Keys);
        Assert.Equal("it died", answers.Reasons[42]);
        Assert.Equal(Enumerable.Range(0, 100).Except([42]), answers.Parts.SelectMany(p => Enumerable.Range(p.From, p.Count)).Order());
        Assert.Equal((100, 1), (progress.Done, progress.Failed));
        // In the call of 64 rows, in one of 8, and twice alone.
        Assert.Equal(4, target.Deaths);
    }

    [Fact]
    public async Task A_model_that_every_row_ends_fails_the_run()
    {
        var target = new Target { DiesAlways = true };
        var stopped = await Assert.ThrowsAsync<BatchStoppedException>(() => PredictAsync(target, 100));
        Assert.Equal("The model ended 12 times without an answer in between, the last time with: it died", stopped.Message);
        Assert.Equal(12, target.Deaths);
    }

    [Theory, InlineData(100), InlineData(1)]
    public async Task A_death_that_ends_many_calls_side_by_side_is_one_and_sets_no_row_aside(int rows)
    {
        var target = new Target { DiesUnder = 16 };
        await WithChunkAsync(target, rows, async (predictor, chunk, _) =>
        {
            var all = await Task.WhenAll(Enumerable.Range(0, target.DiesUnder).Select(_ => predictor.RunAsync(chunk, default)));
            Assert.All(all, answers => Assert.Empty(answers.Reasons));
        });
        Assert.Equal(1, target.Deaths);
    }

    [Fact]
    public async Task A_model_that_is_not_there_fails_no_row_and_after_ten_minutes_the_run()
    {
        var target = new Target { IsReady = false, Refuses = 200 };
        Assert.Empty((await PredictAsync(target, 100)).Answers.Reasons);
        Assert.InRange(_time.Elapsed.TotalSeconds, 200, 210);
        target.Refuses = int.MaxValue;
        var stopped = await Assert.ThrowsAsync<BatchStoppedException>(() => PredictAsync(target, 100));
        Assert.Contains("10 minutes", stopped.Message, StringComparison.Ordinal);
        Assert.InRange(_time.Elapsed.TotalSeconds, 800, 820);
    }

    [Fact]
    public async Task A_model_that_answers_one_row_at_a_time_answers_all()
    {
        var (answers, _) = await PredictAsync(new Target { OneRow = true }, 100);
        Assert.Empty(answers.Reasons);
        Assert.Equal(Enumerable.Range(0, 100), answers.Parts.Select(p => p.From));
    }

    private async Task<(ChunkAnswers Answers, BatchProgress Progress)> PredictAsync(Target target, int rows)
    {
        (ChunkAnswers, BatchProgress)? predicted = null;
        await WithChunkAsync(target, rows, async (predictor, chunk, progress) => predicted = (await predictor.RunAsync(chunk, default), progress));
        return predicted!.Value;
    }

    private async Task WithChunkAsync(Target target, int rows, Func<ChunkPredictor, ChunkTable, BatchProgress, Task> use)
    {
        var folder = new BatchFolder(Directory.CreateTempSubdirectory("dowel-test-").FullName);
        try
        {
            var source = Path.Combine(folder.Path, "source");
            using (var duck = Duck.Open()) duck.Execute($"COPY (SELECT i AS x FROM range({rows}) t(i)) TO {Duck.Literal(source)} (FORMAT parquet)");
            var columns = BatchColumns.Fit(null, [new ColumnInfo("x", "int64")], new BatchPlan(null, null, new BatchSettings())).Value;
            var progress = new BatchProgress(rows, 0.5, _time);
            using var chunk = ChunkTable.Read(folder, source, columns, 0, rows, default);
            using var predictor = new ChunkPredictor(target, columns, new BatchPace(new BatchSettings(), 10_000, _time), progress, _time);
            await use(predictor, chunk, progress);
        }
        finally
        {
            folder.Delete();
        }
    }

    /// <summary>A model that says x, and fails in the ways that are wished.</summary>
    private sealed class Target : IBatchTarget
    {
        private readonly TaskCompletionSource _crowd = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;
        private int _together;
        private int _starts;

        public long? Dies { get; init; }
        public bool DiesAlways { get; init; }
        /// <summary>How many calls it is under when it dies, once.</summary>
        public int DiesUnder { get; init; }
        public int Deaths { get; private set; }
        public bool OneRow { get; init; }
        public int Refuses { get; set; }
        public int FreeAt { get; set; } = int.MaxValue;
        public bool IsReady { get; set; } = true;
        public ModelSignature? Signature => null;
        public int Busy { get => FreeAt != int.MaxValue && _asked++ >= FreeAt ? 0 : field; set; }

        public async Task<Result<BatchAnswer>> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        {
            var x = (Tensor<long>)inputs[0];
            if (DiesUnder > 0 && Interlocked.Increment(ref _together) is var together && together <= DiesUnder)
            {
                if (together == DiesUnder)
                {
                    (IsReady, Deaths) = (false, Deaths + 1);
                    _crowd.SetResult();
                }
                await _crowd.Task;
                return Failed("it died");
            }
            // Long enough for all to see that it is gone.
            if (DiesUnder > 0 && !IsReady)
            {
                await Task.Delay(20, cancellationToken);
                IsReady = ++_starts == 20;
                return Failed("it starts again");
            }
            if (Refuses > 0 && Refuses-- > 0) return Failed("it is not there");
            if (!IsReady && (DiesAlways || Dies is not null))
            {
                IsReady = true;
                return Failed("it starts again");
            }
            if (DiesAlways || (Dies is { } row && x.Values.Contains(row)))
            {
                (IsReady, Deaths) = (false, Deaths + 1);
                return Failed("it died");
            }
            return BatchAnswer.Of("m/1", inputs, [OneRow ? Tensor.Of("y", [1L]) : x.Rename("y")]);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static Failure Failed(string why) => new(ErrorCodes.NotReady, why);
    }

    /// <summary>A clock that moves to the time of each timer as it is set.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        private long _now;

        public TimeSpan Elapsed => TimeSpan.FromTicks(Interlocked.Read(ref _now));
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => Interlocked.Read(ref _now);
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Elapsed;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero) Interlocked.Add(ref _now, dueTime.Ticks);
            return TimeProvider.System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
