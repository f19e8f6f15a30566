using System.Text;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Rooms;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Tests.Objects;

public sealed class ObjectSweepTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dowel-objects-").FullName;
    private readonly ManualTime _time = new();
    private readonly InUse _used = new();
    private readonly IObjectStore _store;

    public ObjectSweepTests() => _store = new LocalObjectStore(Options.Create(new DowelOptions { DataDir = _folder }), _time);

    [Fact]
    public async Task Removes_what_is_old_and_unused_twice()
    {
        var (used, unused) = (await PutAsync("used"), await PutAsync("unused"));
        _used.Hashes = [used];
        _time.Advance(ObjectSweep.Grace + TimeSpan.FromMinutes(1));
        var young = await PutAsync("young");
        await using var sweep = await StartAsync();
        Assert.Equal([used, unused, young], await ThereAsync(used, unused, young));
        await SettleAsync();
        Assert.Equal([used, young], await ThereAsync(used, unused, young));
        // A day later the young one is old.
        await _time.WaitForTimerAsync();
        _time.Advance(TimeSpan.FromDays(1));
        await SettleAsync();
        Assert.Equal([used], await ThereAsync(used, unused, young));
    }

    [Fact]
    public async Task Spares_what_is_put_or_taken_into_use_meanwhile()
    {
        var (again, copied, gone) = (await PutAsync("again"), await PutAsync("copied"), await PutAsync("gone"));
        _time.Advance(ObjectSweep.Grace + TimeSpan.FromMinutes(1));
        await using var sweep = await StartAsync();
        await _time.WaitForTimerAsync();
        Assert.Equal(again, await PutAsync("again"));
        _used.Hashes = [copied];
        await SettleAsync();
        Assert.Equal([again, copied], await ThereAsync(again, copied, gone));
    }

    [Fact]
    public async Task Removes_nothing_while_a_room_is_off()
    {
        var unused = await PutAsync("unused");
        _time.Advance(ObjectSweep.Grace + TimeSpan.FromMinutes(1));
        await using var sweep = await StartAsync(new Dictionary<string, string?> { ["Rooms:Attic"] = "false" });
        await sweep.Service.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal([unused], await ThereAsync(unused));
    }

    [Fact]
    public async Task An_object_that_is_open_can_be_read_to_its_end()
    {
        var hash = await PutAsync("content");
        _time.Advance(TimeSpan.FromMinutes(1));
        await using var open = await _store.OpenAsync(hash, default);
        Assert.False(await _store.DeleteAsync(hash, _time.GetUtcNow() - TimeSpan.FromMinutes(2)));
        Assert.True(await _store.DeleteAsync(hash, _time.GetUtcNow()));
        Assert.False(await _store.DeleteAsync(hash, _time.GetUtcNow()));
        Assert.False(await _store.DeleteAsync("../../x", _time.GetUtcNow()));
        Assert.Equal("content", await new StreamReader(open!).ReadToEndAsync());
        Assert.Null(await _store.OpenAsync(hash, default));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> PutAsync(string content) => (await _store.PutAsync(new MemoryStream(Encoding.UTF8.GetBytes(content)), long.MaxValue, default)).Value.Hash;

    private async Task<IReadOnlyList<string>> ThereAsync(params string[] hashes)
    {
        var there = new List<string>();
        foreach (var hash in hashes)
            if (await _store.GetLocalPathAsync(hash, default) is not null) there.Add(hash);
        return there;
    }

    private async Task<Running> StartAsync(Dictionary<string, string?>? settings = null)
    {
        var rooms = new RoomSet([new Attic()], new ConfigurationBuilder().AddInMemoryCollection(settings ?? []).Build());
        var service = new ObjectSweep(_store, [_used], rooms, _time, NullLogger<ObjectSweep>.Instance);
        await service.StartAsync(default);
        return new Running(service);
    }

    // Lets the hour pass between the two looks, and waits until the second is done.
    private async Task SettleAsync()
    {
        await _time.WaitForTimerAsync();
        _time.Advance(ObjectSweep.Settle);
        await _time.WaitForTimerAsync();
    }

    private sealed class InUse : IObjectReferences
    {
        public volatile string[] Hashes = [];

        public Task VisitAsync(Action<string> found, CancellationToken cancellationToken)
        {
            foreach (var hash in Hashes) found(hash);
            return Task.CompletedTask;
        }
    }

    private sealed class Attic : IRoom
    {
        public string Name => "Attic";
        public IReadOnlyList<string> Routes => [];
        public void AddServices(IServiceCollection services, IConfiguration configuration) { }
        public void MapEndpoints(IEndpointRouteBuilder endpoints) { }
    }

    private sealed record Running(ObjectSweep Service) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Service.StopAsync(default);
            Service.Dispose();
        }
    }

    /// <summary>A clock that stands still until it is moved, and fires what is due then.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private readonly Lock _gate = new();
        private readonly List<Timer> _timers = [];
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow()
        {
            lock (_gate) return _now;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (_gate)
            {
                var timer = new Timer(this, () => callback(state)) { Due = dueTime == Timeout.InfiniteTimeSpan ? null : _now + dueTime };
                _timers.Add(timer);
                return timer;
            }
        }

        public void Advance(TimeSpan by)
        {
            List<Timer> due;
            lock (_gate)
            {
                _now += by;
                due = [.. _timers.Where(t => t.Due <= _now)];
                due.ForEach(t => _timers.Remove(t));
            }
            due.ForEach(t => t.Fire());
        }

        public async Task WaitForTimerAsync()
        {
            for (var i = 0; i < 1000; i++)
            {
                lock (_gate)
                    if (_timers.Any(t => t.Due is not null)) return;
                await Task.Delay(10);
            }
            Assert.Fail("Nothing waits for the clock.");
        }

        private sealed class Timer(ManualTime time, Action fire) : ITimer
        {
            public DateTimeOffset? Due { get; set; }

            public Action Fire { get; } = fire;

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                lock (time._gate) Due = dueTime == Timeout.InfiniteTimeSpan ? null : time._now + dueTime;
                return true;
            }

            public void Dispose()
            {
                lock (time._gate) time._timers.Remove(this);
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
