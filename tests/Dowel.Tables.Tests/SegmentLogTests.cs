using Dowel.Tables.Segments;

namespace Dowel.Tables.Tests;

public sealed class SegmentLogTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Files() => [.. Directory.EnumerateFiles(_folder.Path).Select(f => Path.GetFileName(f)!).Where(f => f is not ("lock" or "segments.list")).Order()];

    private static long[] Range(long from, long to) => [.. Enumerable.Range((int)from, (int)(to - from + 1)).Select(i => (long)i)];

    private static void AppendIds(SegmentLog<TestRecord> log, long from, long to)
    {
        foreach (var id in Range(from, to)) log.Append(TestLog.Record(id));
    }

    [Fact]
    public async Task Finds_a_record_as_soon_as_it_is_appended()
    {
        await using var log = TestLog.Open(_folder.Path);
        Assert.Empty(await log.Ids());
        AppendIds(log, 1, 5000);
        Assert.Equal(Range(1, 5000), await log.Ids());
        var row = await log.QueryAsync("SELECT id, value, text FROM log WHERE id = $1", r => (r.GetInt64(0), r.GetDouble(1), r.GetString(2)), default, 4999L);
        Assert.Equal((4999L, 2499.5, "text 4999"), row.Single());
        Assert.Equal(5000, log.Status.Appended);
    }

    [Fact]
    public async Task Sees_parquet_and_log_as_one()
    {
        await using var log = TestLog.Open(_folder.Path);
        AppendIds(log, 1, 100);
        await log.CompactAsync();
        AppendIds(log, 101, 150);
        Assert.Equal(["0000000001-0000000001.parquet", "0000000002.log"], Files());
        Assert.Equal(Range(1, 150), await log.Ids());
        Assert.Equal([(150L, 100L, 50L)], await log.QueryAsync("SELECT count(*), count(value), count(*) FILTER (WHERE value IS NULL) FROM log", r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2))));
    }

    [Fact]
    public async Task Keeps_the_order_of_appending()
    {
        await using var log = TestLog.Open(_folder.Path);
        AppendIds(log, 1, 300);
        await log.CompactAsync();
        Assert.Equal(Range(1, 300), await log.QueryAsync("SELECT id FROM log", r => r.GetInt64(0)));
    }

    [Fact]
    public async Task Takes_up_what_was_not_made_into_parquet()
    {
        await using (var log = TestLog.Open(_folder.Path)) AppendIds(log, 1, 100);
        Assert.Equal(["0000000001.log"], Files());
        await using (var log = TestLog.Open(_folder.Path))
        {
            AppendIds(log, 101, 110);
            Assert.Equal(Range(1, 110), await log.Ids());
            await log.CompactAsync();
            Assert.Equal(Range(1, 110), await log.Ids());
        }
        Assert.All(Files(), f => Assert.EndsWith(".parquet", f));
    }

    [Fact]
    public async Task Leaves_nothing_of_an_empty_log()
    {
        for (var i = 0; i < 3; i++) await using (TestLog.Open(_folder.Path)) { }
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Seals_by_size_and_by_age()
    {
        await using (var log = TestLog.Open(_folder.Path, o => o with { SealBytes = 10_000, MergeCount = 1000 }))
        {
            AppendIds(log, 1, 2000);
            Assert.Equal(Range(1, 2000), await log.Ids());
            await Until(() => log.Status is { LogFiles: <= 1, Segments: >= 7 });
            Assert.Equal(Range(1, 2000), await log.Ids());
        }
        await using (var log = TestLog.Open(_folder.Path, o => o with { SealAge = TimeSpan.FromMilliseconds(100) }))
        {
            AppendIds(log, 2001, 2010);
            await Until(() => log.Status.LogFiles == 0);
            Assert.Equal(Range(1, 2010), await log.Ids());
        }
    }

    [Fact]
    public async Task Spares_the_next_query_what_this_one_had_to_copy()
    {
        await using var log = TestLog.Open(_folder.Path, o => o with { SealOnQueryBytes = 10_000 });
        AppendIds(log, 1, 1000);
        Assert.Equal(Range(1, 1000), await log.Ids());
        await Until(() => log.Status is { LogFiles: 0, Segments: 1 });
        AppendIds(log, 1001, 1010);
        Assert.Equal(Range(1, 1010), await log.Ids());
        Assert.Equal(1, log.Status.LogFiles);
    }

    [Fact]
    public async Task Merges_small_segments()
    {
        await using var log = TestLog.Open(_folder.Path, o => o with { MergeCount = 4 });
        for (var i = 0; i < 10; i++)
        {
            AppendIds(log, (i * 10) + 1, (i * 10) + 10);
            await log.CompactAsync();
        }
        Assert.Equal(["0000000001-0000000010.parquet", "0000000011.log"], Files());
        Assert.Equal(Range(1, 100), await log.QueryAsync("SELECT id FROM log", r => r.GetInt64(0)));
    }

    [Fact]
    public async Task Loses_nothing_while_many_write_and_others_query_and_compact()
    {
        const int Threads = 8, Each = 5000;
        await using var log = TestLog.Open(_folder.Path, o => o with { SealBytes = 50_000, MergeCount = 3 });
        var done = false;
        var writers = Enumerable.Range(0, Threads).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++) log.Append(new((t * Each) + i, t, i, $"thread {t}"));
        })).ToArray();
        var reader = Task.Run(async () =>
        {
            var last = 0L;
            while (!Volatile.Read(ref done))
            {
                var (count, distinct) = (await log.QueryAsync("SELECT count(*), count(DISTINCT id) FROM log", r => (r.GetInt64(0), r.GetInt64(1)))).Single();
                Assert.Equal(count, distinct);
                Assert.True(count >= last);
                last = count;
            }
        });
        await Task.WhenAll(writers);
        Volatile.Write(ref done, true);
        await reader;
        Assert.Equal(Range(0, (Threads * Each) - 1), await log.Ids());
        await log.CompactAsync();
        Assert.Equal(Range(0, (Threads * Each) - 1), await log.Ids());
        // Each thread's records stand in the order in which it appended them.
        var rows = await log.QueryAsync("SELECT thread, id FROM log", r => (Thread: r.GetInt32(0), Id: r.GetInt64(1)));
        Assert.All(rows.GroupBy(r => r.Thread), g => Assert.Equal(g.Select(r => r.Id).Order(), g.Select(r => r.Id)));
    }

    [Fact]
    public async Task Holds_the_files_of_a_snapshot()
    {
        await using var log = TestLog.Open(_folder.Path, o => o with { MergeCount = 2 });
        AppendIds(log, 1, 10);
        await log.CompactAsync();
        AppendIds(log, 11, 20);
        using var connection = Duck.Open();
        using (var snapshot = log.Snapshot())
        {
            AppendIds(log, 21, 30);
            await log.CompactAsync();
            Assert.Equal(["0000000001-0000000001.parquet", "0000000001-0000000002.parquet", "0000000002.log", "0000000003.log"], Files());
            await snapshot.AttachAsync(connection, "log");
            Assert.Equal(20, connection.Query("SELECT count(*) FROM log", r => r.GetInt64(0))[0]);
        }
        Assert.Equal(["0000000001-0000000002.parquet", "0000000003.log"], Files());
    }

    [Fact]
    public async Task Joins_two_logs_in_one_query()
    {
        await using var predictions = TestLog.Open(_folder["predictions"]);
        await using var truth = TestLog.Open(_folder["truth"]);
        AppendIds(predictions, 1, 100);
        await predictions.CompactAsync();
        AppendIds(predictions, 101, 110);
        AppendIds(truth, 91, 200);
        using var first = predictions.Snapshot();
        using var second = truth.Snapshot();
        using var connection = Duck.Open();
        await first.AttachAsync(connection, "predictions");
        await second.AttachAsync(connection, "ground truth");
        Assert.Equal(20, connection.Query("SELECT count(*) FROM predictions JOIN \"ground truth\" USING (id)", r => r.GetInt64(0))[0]);
    }

    [Fact]
    public async Task Reads_older_segments_after_a_column_was_added()
    {
        await using (var log = TestLog.Open(_folder.Path))
        {
            AppendIds(log, 1, 10);
            await log.CompactAsync();
        }
        var wider = new TestCodec { Columns = [.. new TestCodec().Columns, new("more", "VARCHAR")] };
        await using (var log = TestLog.Open(_folder.Path, o => o with { MergeCount = 2 }, codec: wider))
        {
            AppendIds(log, 11, 15);
            Assert.Equal([(15L, 5L)], await log.QueryAsync("SELECT count(*), count(more) FROM log", r => (r.GetInt64(0), r.GetInt64(1))));
            await log.CompactAsync();
            Assert.Equal([(15L, 5L)], await log.QueryAsync("SELECT count(*), count(more) FROM log", r => (r.GetInt64(0), r.GetInt64(1))));
        }
    }

    [Fact]
    public async Task Passes_over_a_record_that_makes_no_row()
    {
        var logger = new ListLogger();
        await using var log = TestLog.Open(_folder.Path, logger: logger);
        AppendIds(log, 1, 3000);
        log.Append(new(-1, 0, 1, "poison"));
        AppendIds(log, 3001, 3010);
        Assert.Equal(Range(1, 3010), await log.Ids());
        await log.CompactAsync();
        Assert.Equal(Range(1, 3010), await log.Ids());
        Assert.Contains("0000000001.log.damaged", Files());
        Assert.All(logger.Lines, l => Assert.StartsWith("4 ", l));
    }

    [Fact]
    public async Task Refuses_a_record_that_is_too_large_and_goes_on()
    {
        await using var log = TestLog.Open(_folder.Path, o => o with { MaxRecordBytes = 1000 });
        Assert.Throws<ArgumentException>(() => log.Append(new(1, 0, 1, new string('x', 1000))));
        log.Append(new(2, 0, 1, new string('x', 900)));
        log.AppendAll([TestLog.Record(3), TestLog.Record(4)]);
        Assert.Equal([2, 3, 4], await log.Ids());
    }

    [Fact]
    public async Task Belongs_to_one_opener_and_refuses_after_disposal()
    {
        var log = TestLog.Open(_folder.Path);
        Assert.Throws<IOException>(() => TestLog.Open(_folder.Path));
        await log.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => log.Append(TestLog.Record(1)));
        Assert.Throws<ObjectDisposedException>(() => log.Snapshot());
        await log.DisposeAsync();
        await TestLog.Open(_folder.Path).DisposeAsync();
    }

    [Fact]
    public async Task Removes_what_is_old()
    {
        await using var log = TestLog.Open(_folder.Path, o => o with { MergeCount = 2, MergeBytes = 1 });
        AppendIds(log, 1, 10);
        await log.CompactAsync();
        File.SetLastWriteTimeUtc(_folder["0000000001-0000000001.parquet"], new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        AppendIds(log, 11, 20);
        await log.CompactAsync();
        Assert.Equal(1, await log.RemoveBeforeAsync(new(2021, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        Assert.Equal(Range(11, 20), await log.Ids());
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var i = 0; i < 1200 && !condition(); i++) await Task.Delay(50);
        Assert.True(condition());
    }
}
