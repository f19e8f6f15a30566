using System.Diagnostics;
using Dowel.Contracts;
using Dowel.Tables.Queries;
using Dowel.Tables.Workers;

namespace Dowel.Tables.Tests;

/// <summary>Queries that take memory which DuckDB does not count, or cannot be interrupted: found by trying. Each ends with its process, and nobody else notices.</summary>
public sealed class QueryBombTests : IDisposable
{
    private const string Endless = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = 3";
    private readonly TestWorkers _workers = new();

    public void Dispose() => _workers.Dispose();

    [Theory]
    [InlineData("SELECT list_transform(range(1000000), lambda x: list_transform(range(1000000), lambda y: x * y))")]
    [InlineData("SELECT array_to_string(list_transform(range(1000000), lambda x: repeat('x', 100000)), '')")]
    [InlineData("SELECT length(repeat(repeat('x', 100000), 25000))")]
    [InlineData("SELECT list_reduce(list_transform(range(60), lambda x: 'x'), lambda a, b: a || a)")]
    [InlineData("SELECT length(string_agg(repeat(range::VARCHAR, 10000), '')) FROM range(1000000)")]
    [InlineData("SELECT histogram(repeat(range::VARCHAR, 10000)) FROM range(1000000)")]
    [InlineData("SELECT approx_top_k(repeat(range::VARCHAR, 10000), 100000) FROM range(1000000)")]
    [InlineData("SELECT json_group_array(repeat('x', 100000)) FROM range(1000000)")]
    [InlineData("WITH RECURSIVE t AS (SELECT [1] AS l UNION ALL SELECT l || l FROM t) SELECT max(len(l)) FROM t")]
    [InlineData("WITH RECURSIVE t AS (SELECT 'x' AS s UNION ALL SELECT s || s FROM t) SELECT max(length(s)) FROM t")]
    [InlineData("SELECT regexp_replace(repeat('x', 100000), 'x', repeat('y', 100000), 'g')")]
    [InlineData("SELECT flatten(list_transform(range(1000000), lambda x: range(100000)))")]
    [InlineData("SELECT len(list_resize(list_resize([range(100000)], 100000, range(100000)), 100000))")]
    [InlineData("SELECT split(repeat(repeat('x,', 100000), 1000), ',')")]
    [InlineData("SELECT map_from_entries(list_transform(range(1000000), lambda x: {'k': x, 'v': repeat('x', 100000)}))")]
    [InlineData("SELECT error(repeat(repeat('x', 100000), 10000))")]
    [InlineData("SELECT list(printf('%9999d', range) || format('{:>9999}', 'x')) FROM range(1000000)")]
    public async Task A_query_that_takes_too_much_memory_is_ended_while_others_run_on(string sql)
    {
        var started = Stopwatch.GetTimestamp();
        var bomb = _workers.All.QueryAsync([], sql, new QueryLimits { MemoryMegabytes = 128 });
        var peak = 0L;
        do
        {
            var other = _workers.All.QueryAsync([], "SELECT sum(range) FROM range(1000)");
            while (!other.IsCompleted)
            {
                peak = Math.Max(peak, _workers.LargestMegabytes());
                await Task.Delay(5);
            }
            Assert.Equal(499500L, (await other).Value.Rows[0][0]);
        }
        while (!bomb.IsCompleted);

        var failure = Expect.Failure(await bomb);
        Assert.Equal(("query.limit", "The query was stopped: it needed more than 128 MiB of memory."), (failure.Code.Code, failure.Detail));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(15));
        Assert.InRange(peak, 0, 1000);
    }

    /// <summary>Each name doubles the one before: planning alone takes for ever, takes memory, and cannot be interrupted.</summary>
    [Fact]
    public async Task A_query_that_cannot_be_interrupted_is_gone_when_its_time_is_over()
    {
        var sql = "WITH t0 AS (SELECT 1)" + string.Concat(Enumerable.Range(1, 25).Select(i => $", t{i} AS (SELECT * FROM t{i - 1} a, t{i - 1} b)")) + " SELECT * FROM t25";
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(ErrorCodes.QueryLimit, Expect.Failure(await _workers.All.QueryAsync([], sql, new QueryLimits { Timeout = TimeSpan.FromSeconds(1) })).Code);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30));
        await _workers.ExpectAsync(0);
    }

    [Fact]
    public async Task A_query_whose_process_dies_is_answered_and_the_next_finds_another()
    {
        var logger = new ListLogger<TableWorkers>();
        using var workers = new TestWorkers(logger: logger);
        await workers.All.QueryAsync([], "SELECT 1");
        var query = workers.All.QueryAsync([], Endless);
        await Task.Delay(300);
        Process.GetProcessById(workers.Processes[0]).Kill();
        var failure = Expect.Failure(await query);
        Assert.Equal(("query.failed", "The query ended the process that ran it, and nothing else. Write it in another way, or over less data."), (failure.Code.Code, failure.Detail));
        Assert.StartsWith("20 A worker process ended in the middle of its work with exit code 137", Assert.Single(logger.Lines));
        Assert.Equal(1, (await workers.All.QueryAsync([], "SELECT 1")).Value.Rows[0][0]);
    }

    [Fact]
    public async Task A_query_whose_caller_goes_away_ends_at_once()
    {
        using var stop = new CancellationTokenSource();
        var query = _workers.All.QueryAsync([], Endless, null, stop.Token);
        await _workers.ExpectAsync(1);
        await Task.Delay(300);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
        await _workers.ExpectAsync(0);
    }

    /// <summary>What a query may make another process read is bounded, whatever is in it.</summary>
    [Theory]
    [InlineData("SELECT list(range) FROM range(3000000)", "…")]
    [InlineData("SELECT error(repeat('x', 100000))", "…")]
    public async Task Long_values_and_messages_are_cut(string sql, string end)
    {
        var result = await _workers.All.QueryAsync([], sql);
        var text = result.TryGet(out var rows, out var failure) ? rows.Rows[0][0]!.ToString()! : failure.Detail;
        Assert.EndsWith(end, text);
        Assert.InRange(text.Length, 10_000, 1_000_001);
    }

    [Fact]
    public async Task A_row_past_the_size_of_a_frame_is_refused()
    {
        var columns = string.Join(", ", Enumerable.Range(0, 40).Select(i => $"s || '{i}' AS c{i}"));
        var failure = Expect.Failure(await _workers.All.QueryAsync([], $"SELECT {columns} FROM (SELECT repeat(repeat('x', 1000), 990) AS s)", new QueryLimits { MemoryMegabytes = 1024 }));
        Assert.Equal(("query.limit", "A row of the result is larger than 32 MiB."), (failure.Code.Code, failure.Detail));
        Assert.Equal(1, (await _workers.All.QueryAsync([], "SELECT 1")).Value.Rows[0][0]);
    }
}
