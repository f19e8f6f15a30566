using System.Diagnostics;
using System.Globalization;

namespace Dowel.Tables.Tests;

public sealed class SegmentCrashTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static long[] Range(long to) => [.. Enumerable.Range(1, (int)to).Select(i => (long)i)];

    private async Task<byte[]> LogBytes(int records)
    {
        await using (var log = TestLog.Open(_folder["source"]))
        {
            for (var i = 1; i <= records; i++) log.Append(TestLog.Record(i));
        }
        return File.ReadAllBytes(_folder["source/0000000001.log"]);
    }

    [Fact]
    public async Task Cuts_off_a_last_record_that_was_torn_at_any_byte()
    {
        var whole = await LogBytes(20);
        var lastStart = (await LogBytesOfFirst(19)).Length;
        for (var length = lastStart; length < whole.Length; length++)
        {
            var folder = _folder[$"torn-{length}"];
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, "0000000001.log"), whole[..length]);
            var logger = new ListLogger();
            await using var log = TestLog.Open(folder, logger: logger);
            log.Append(TestLog.Record(20));
            if (length % 10 == 0) await log.CompactAsync();
            Assert.Equal(Range(20), await log.Ids());
            Assert.Equal(length > lastStart ? 1 : 0, logger.Lines.Count);
            Assert.All(logger.Lines, l => Assert.StartsWith("1 ", l));
        }
    }

    private async Task<byte[]> LogBytesOfFirst(int records)
    {
        await using (var log = TestLog.Open(_folder["first"]))
        {
            for (var i = 1; i <= records; i++) log.Append(TestLog.Record(i));
        }
        return File.ReadAllBytes(_folder["first/0000000001.log"]);
    }

    [Fact]
    public async Task Loses_no_more_than_the_record_in_which_a_byte_flipped()
    {
        var whole = await LogBytes(20);
        var random = new Random(7);
        for (var i = 0; i < 40; i++)
        {
            var folder = _folder[$"flip-{i}"];
            Directory.CreateDirectory(folder);
            var bytes = whole.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(Path.Combine(folder, "0000000001.log"), bytes);
            var logger = new ListLogger();
            await using var log = TestLog.Open(folder, logger: logger);
            await log.CompactAsync();
            var ids = await log.Ids();
            Assert.Equal(19, ids.Count);
            Assert.Subset(Range(20).ToHashSet(), ids.ToHashSet());
            Assert.Single(logger.Lines);
            // What was damaged in the middle is kept for whoever wants to look.
            if (logger.Lines[0].StartsWith('2')) Assert.True(File.Exists(Path.Combine(folder, "0000000001.log.damaged")));
        }
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { (byte)'D', (byte)'L', (byte)'W', (byte)'1', 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public async Task Opens_over_a_file_that_holds_nothing_sound(byte[] bytes)
    {
        _folder.Write("0000000003.log", bytes);
        await using var log = TestLog.Open(_folder.Path);
        log.Append(TestLog.Record(1));
        Assert.Equal([1], await log.Ids());
        Assert.False(File.Exists(_folder["0000000003.log"]));
        Assert.True(File.Exists(_folder["0000000004.log"]));
    }

    [Fact]
    public async Task Has_no_duplicates_after_a_crash_between_rename_and_delete()
    {
        var whole = await LogBytes(20);
        await using (var log = TestLog.Open(_folder["source"])) await log.CompactAsync();
        Assert.False(File.Exists(_folder["source/0000000001.log"]));
        File.WriteAllBytes(_folder["source/0000000001.log"], whole);
        File.WriteAllText(_folder["source/0000000002-0000000002.parquet.tmp"], "half");
        await using (var log = TestLog.Open(_folder["source"]))
        {
            Assert.Equal(Range(20), await log.Ids());
            Assert.False(File.Exists(_folder["source/0000000001.log"]));
            Assert.False(File.Exists(_folder["source/0000000002-0000000002.parquet.tmp"]));
        }
    }

    [Fact]
    public async Task Has_no_duplicates_after_a_crash_between_merge_and_delete()
    {
        var path = _folder["m"];
        await using (var log = TestLog.Open(path, o => o with { MergeCount = 100 }))
        {
            for (var i = 1; i <= 4; i++)
            {
                log.Append(TestLog.Record(i));
                await log.CompactAsync();
            }
        }
        var small = Directory.GetFiles(path, "*.parquet").ToDictionary(f => f, File.ReadAllBytes);
        await using (var log = TestLog.Open(path, o => o with { MergeCount = 2 })) await log.CompactAsync();
        foreach (var (file, bytes) in small) File.WriteAllBytes(file, bytes);
        await using (var log = TestLog.Open(path))
        {
            Assert.Equal(Range(4), await log.Ids());
            Assert.Single(Directory.GetFiles(path, "*.parquet"));
        }
    }

    /// <summary>A log of three Parquet segments with a record in each.</summary>
    private async Task<string> ThreeSegments()
    {
        var path = _folder["three"];
        await using var log = TestLog.Open(path, o => o with { MergeCount = 100 });
        for (var i = 1; i <= 3; i++)
        {
            log.Append(TestLog.Record(i));
            await log.CompactAsync();
        }
        return path;
    }

    [Theory]
    [InlineData("PAR1garbagePAR1")]
    [InlineData("PAR1")]
    [InlineData("")]
    [InlineData("no Parquet at all, of whatever length")]
    public async Task Sets_aside_a_segment_that_is_no_Parquet_and_tells_of_it(string content)
    {
        var path = await ThreeSegments();
        var file = Path.Combine(path, "0000000002-0000000002.parquet");
        var whole = File.ReadAllBytes(file);
        File.WriteAllText(file, content);
        var logger = new ListLogger();
        await using (var log = TestLog.Open(path, logger: logger))
        {
            Assert.Equal([1, 3], await log.Ids());
            Assert.Equal(["0000000002-0000000002.parquet.damaged"], log.Lost);
            Assert.StartsWith("9 The segment 0000000002-0000000002.parquet is damaged", Assert.Single(logger.Lines));
        }
        // Put back from a backup.
        File.WriteAllBytes(file, whole);
        await using (var log = TestLog.Open(path))
        {
            Assert.Equal(Range(3), await log.Ids());
            Assert.Empty(log.Lost);
        }
    }

    [Fact]
    public async Task Sets_aside_a_segment_whose_pages_are_damaged_when_a_query_comes_upon_it()
    {
        var path = await ThreeSegments();
        var file = Path.Combine(path, "0000000002-0000000002.parquet");
        var bytes = File.ReadAllBytes(file);
        // All before the footer.
        var footer = BitConverter.ToInt32(bytes, bytes.Length - 8);
        bytes.AsSpan(4, bytes.Length - 12 - footer).Fill(0xA5);
        File.WriteAllBytes(file, bytes);
        await using var log = TestLog.Open(path);
        Assert.Empty(log.Lost);
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => log.Ids()));
        Assert.All(answers, ids => Assert.Equal([1, 3], ids));
        Assert.Equal(["0000000002-0000000002.parquet.damaged"], log.Lost);
        log.Append(TestLog.Record(4));
        await log.CompactAsync();
        Assert.Equal([1, 3, 4], await log.Ids());
    }

    [Fact]
    public async Task Merges_what_can_be_read_when_a_segment_is_damaged()
    {
        var path = await ThreeSegments();
        var file = Path.Combine(path, "0000000002-0000000002.parquet");
        var bytes = File.ReadAllBytes(file);
        bytes.AsSpan(4, bytes.Length - 12 - BitConverter.ToInt32(bytes, bytes.Length - 8)).Fill(0xA5);
        File.WriteAllBytes(file, bytes);
        await using var log = TestLog.Open(path, o => o with { MergeCount = 2 });
        await log.CompactAsync();
        Assert.Equal([1, 3], await log.Ids());
        Assert.Single(Directory.GetFiles(path, "*.parquet"));
    }

    [Fact]
    public async Task Tells_of_a_segment_that_is_gone_until_it_is_back_or_the_loss_is_accepted()
    {
        var path = await ThreeSegments();
        var file = Path.Combine(path, "0000000002-0000000002.parquet");
        File.Move(file, _folder["backup"]);
        for (var start = 0; start < 2; start++)
        {
            var logger = new ListLogger();
            await using var log = TestLog.Open(path, logger: logger);
            Assert.Equal([1, 3], await log.Ids());
            Assert.Equal(["0000000002-0000000002.parquet.missing"], log.Lost);
            Assert.Equal(start == 0 ? 1 : 0, logger.Lines.Count);
        }
        File.Copy(_folder["backup"], file);
        await using (var log = TestLog.Open(path))
        {
            Assert.Equal(Range(3), await log.Ids());
            Assert.Empty(log.Lost);
        }
        File.Delete(file);
        await using (var log = TestLog.Open(path))
        {
            File.Delete(Path.Combine(path, Assert.Single(log.Lost)));
            Assert.Empty(log.Lost);
        }
        await using (var log = TestLog.Open(path)) Assert.Empty(log.Lost);
    }

    [Fact]
    public async Task What_is_removed_for_its_age_is_not_missed()
    {
        var path = await ThreeSegments();
        await using (var log = TestLog.Open(path))
        {
            File.SetLastWriteTimeUtc(Path.Combine(path, "0000000001-0000000001.parquet"), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-9));
            Assert.Equal(1, await log.RemoveBeforeAsync(TimeProvider.System.GetUtcNow().AddDays(-1)));
        }
        await using (var log = TestLog.Open(path))
        {
            Assert.Equal([2, 3], await log.Ids());
            Assert.Empty(log.Lost);
        }
    }

    [Fact]
    public async Task Keeps_every_acknowledged_record_when_the_process_is_killed()
    {
        var killed = 0L;
        for (var round = 0; round < 3; round++)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
            start.Environment[KilledChild.Variable] = _folder.Path + "|" + (round * 100_000_000).ToString(CultureInfo.InvariantCulture);
            using var child = Process.Start(start)!;
            var acknowledged = new Dictionary<int, long>();
            // SIGKILL, in the middle of writing, sealing, compacting and merging.
            Task? killing = null;
            var delay = 700 + (round * 500);
            while (await child.StandardOutput.ReadLineAsync() is { } line)
            {
                killing ??= Task.Run(async () =>
                {
                    await Task.Delay(delay);
                    child.Kill();
                });
                var parts = line.Split(' ');
                acknowledged[int.Parse(parts[0], CultureInfo.InvariantCulture)] = long.Parse(parts[1], CultureInfo.InvariantCulture);
            }
            await killing!;
            await child.WaitForExitAsync();
            Assert.NotEqual(0, child.ExitCode);
            Assert.NotEmpty(acknowledged);

            await using var log = TestLog.Open(_folder.Path);
            foreach (var (thread, last) in acknowledged)
            {
                var (count, distinct, min) = (await log.QueryAsync(
                    "SELECT count(*) FILTER (WHERE id <= $2), count(DISTINCT id) FILTER (WHERE id <= $2), min(id) FROM log WHERE thread = $1",
                    r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)), default, thread, last)).Single();
                Assert.Equal(last - min + 1, count);
                Assert.Equal(count, distinct);
            }
            killed += acknowledged.Count;
            Assert.Equal([(true, true)], await log.QueryAsync("SELECT count(*) = count(DISTINCT (thread, id)), count(*) > 0 FROM log", r => (r.GetBoolean(0), r.GetBoolean(1))));
        }
        Assert.True(killed > 0);
    }
}
