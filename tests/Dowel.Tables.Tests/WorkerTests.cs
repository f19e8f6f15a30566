using System.Diagnostics;
using System.Globalization;

namespace Dowel.Tables.Tests;

/// <summary>The life of the processes that queries run in.</summary>
public sealed class WorkerTests
{
    [Fact]
    public async Task A_process_starts_with_the_first_query_and_serves_the_next()
    {
        using var workers = new TestWorkers();
        Assert.Empty(workers.Processes);
        await workers.All.QueryAsync([], "SELECT 1");
        var process = Assert.Single(workers.Processes);
        await workers.All.QueryAsync([], "SELECT 2");
        Assert.Equal([process], workers.Processes);

        var both = Enumerable.Range(0, 2).Select(_ => workers.All.QueryAsync([], "SELECT max(md5(range::VARCHAR)) FROM range(2000000)")).ToList();
        await workers.ExpectAsync(2);
        Assert.All(await Task.WhenAll(both), r => Assert.True(r.IsOk));
        workers.All.Dispose();
        await workers.ExpectAsync(0);
    }

    [Fact]
    public async Task A_process_knows_nothing_of_the_server()
    {
        Environment.SetEnvironmentVariable("DOWEL_TEST_SECRET", "secret");
        using var workers = new TestWorkers();
        await workers.All.QueryAsync([], "SELECT 1");
        var process = Assert.Single(workers.Processes).ToString(CultureInfo.InvariantCulture);
        Assert.DoesNotContain(File.ReadAllText($"/proc/{process}/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries), v => !v.StartsWith("DOTNET_", StringComparison.Ordinal) && !v.StartsWith("LD_", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries($"/proc/{process}/cwd/"));
        Assert.Equal("1000", File.ReadAllText($"/proc/{process}/oom_score_adj").Trim());
        // Its standard streams alone; nothing that the server has open.
        Assert.DoesNotContain(Directory.EnumerateFiles($"/proc/{process}/fd").Select(f => new FileInfo(f).LinkTarget ?? ""), f => f.StartsWith("socket:", StringComparison.Ordinal) || f.EndsWith(".db", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_died_idle_is_replaced()
    {
        using var workers = new TestWorkers();
        await workers.All.QueryAsync([], "SELECT 1");
        Process.GetProcessById(workers.Processes[0]).Kill();
        await workers.ExpectAsync(0);
        await Task.Delay(200);
        Assert.Equal(2, (await workers.All.QueryAsync([], "SELECT 2")).Value.Rows[0][0]);
    }

    [Fact]
    public async Task A_process_that_died_before_it_took_a_query_is_replaced()
    {
        using var workers = new TestWorkers();
        await workers.All.QueryAsync([], "SELECT 1");
        var process = workers.Processes[0];
        // It stands still, so the query waits in the pipe. A thread that is waiting in the pipe stops only once it runs, and might take the query before.
        using (var stop = Process.Start("kill", ["-STOP", $"{process}"])) await stop.WaitForExitAsync();
        while (!Directory.EnumerateDirectories($"/proc/{process}/task").All(t => File.ReadAllText(Path.Combine(t, "stat")).Split(") ")[^1][0] == 'T')) await Task.Delay(10);
        var query = workers.All.QueryAsync([], "SELECT 2");
        await Task.Delay(100);
        Process.GetProcessById(process).Kill();
        Assert.Equal(2, (await query).Value.Rows[0][0]);
    }

    [Fact]
    public async Task An_idle_process_ends_after_a_while()
    {
        var time = new ManualTime();
        using var workers = new TestWorkers(time);
        await workers.All.QueryAsync([], "SELECT 1");
        time.Advance(TimeSpan.FromMinutes(1));
        await workers.ExpectAsync(1);
        time.Advance(TimeSpan.FromMinutes(2));
        await workers.ExpectAsync(0);
        Assert.Equal(2, (await workers.All.QueryAsync([], "SELECT 2")).Value.Rows[0][0]);
    }

    [Fact]
    public async Task No_process_outlives_a_server_that_was_killed()
    {
        using var folder = new TempFolder();
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        start.Environment[KilledServer.Variable] = folder.Path;
        using var server = Process.Start(start)!;
        for (var i = 0; i < 500 && TestWorkers.ProcessesIn(folder.Path).Length == 0; i++) await Task.Delay(20);
        Assert.Single(TestWorkers.ProcessesIn(folder.Path));
        await Task.Delay(500);
        server.Kill();
        for (var i = 0; i < 200 && TestWorkers.ProcessesIn(folder.Path).Length > 0; i++) await Task.Delay(10);
        Assert.Empty(TestWorkers.ProcessesIn(folder.Path));
    }

    /// <summary>A clock that stands still until it is moved, and fires what is due then.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private readonly List<ManualTimer> _timers = [];
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new ManualTimer(this, callback, state);
            timer.Change(dueTime, period);
            _timers.Add(timer);
            return timer;
        }

        public void Advance(TimeSpan by)
        {
            _now += by;
            foreach (var timer in _timers.ToList()) timer.FireWhenDue();
        }

        private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
        {
            private DateTimeOffset? _due;

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                _due = dueTime == Timeout.InfiniteTimeSpan ? null : time._now + dueTime;
                return true;
            }

            public void FireWhenDue()
            {
                if (_due <= time._now) callback(state);
            }

            public void Dispose() => time._timers.Remove(this);

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
