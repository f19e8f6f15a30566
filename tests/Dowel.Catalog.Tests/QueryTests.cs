using System.Diagnostics;
using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Catalog.Tests;

/// <summary>Queries that harm, beside those of others.</summary>
public sealed class QueryTests
{
    private const string Endless = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = 3";
    private const string Bomb = "SELECT list_transform(range(1000000), lambda x: list_transform(range(1000000), lambda y: x * y))";

    private static Task<RoomHost> StartAsync(string timeoutSeconds) => RoomHost.StartAsync(Engine.Sqlite, [new CatalogRoom()], new Dictionary<string, string?> { ["Catalog:QueryTimeoutSeconds"] = timeoutSeconds }, null);

    internal static string[] Processes(RoomHost host) => [.. Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)).Where(d =>
    {
        try
        {
            return new FileInfo(Path.Combine(d, "cwd")).LinkTarget?.StartsWith(host.DataDir, StringComparison.Ordinal) == true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    })];

    [Fact]
    public async Task A_flood_of_harmful_queries_leaves_room_for_others()
    {
        await using var host = await StartAsync("10");
        var alice = await host.CreateUserAsync("alice");
        var mallory = await host.CreateUserAsync("mallory");
        Assert.Empty(Processes(host));
        await alice.CreateDatasetAsync("mine");
        await alice.UploadAsync("mine", "a\n1\n");

        using var stop = new CancellationTokenSource();
        var flood = Enumerable.Range(0, 20).Select(i => mallory.PostAsJsonAsync("/api/v1/query", new SqlQuery { Sql = i % 2 == 0 ? Endless : Bomb }, DowelJson.Options, stop.Token)).ToList();
        await Task.Delay(500);
        for (var i = 0; i < 5; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(1L, (await alice.RowsAsync("SELECT * FROM mine")).Rows[0][0]);
            Assert.Single((await alice.GetAsync<TableData>("/api/v1/datasets/mine/sample")).Rows);
            // Behind the flood they would wait for a minute and a half: ten pairs of queries that are stopped after ten seconds.
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30));
            // Half of the four places are mallory's at most.
            Assert.InRange(Processes(host).Length, 1, 3);
        }
        // The first one to be answered: they come in at once, so any of them may be the last, which waits longer than a client does.
        var problem = await RoomHost.ProblemAsync(await await Task.WhenAny(flood.Where((_, i) => i % 2 == 1)), ErrorCodes.QueryLimit);
        // On a busy machine its time may be up before it has taken its memory.
        Assert.True(problem.Detail is "The query was stopped: it needed more than 512 MiB of memory." or "The query was stopped: it ran longer than 10 seconds.", problem.Detail);

        // Those who go away take their queries with them, those that wait as well.
        await stop.CancelAsync();
        foreach (var query in flood.Where(q => !q.IsCompletedSuccessfully)) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
        for (var i = 0; i < 300 && Processes(host).Length > 1; i++) await Task.Delay(10);
        Assert.InRange(Processes(host).Length, 0, 1);
        Assert.Equal(1L, (await mallory.RowsAsync("SELECT 1")).Rows[0][0]);
    }

    [Fact]
    public async Task A_query_past_its_time_says_so_and_is_gone()
    {
        await using var host = await StartAsync("1");
        var problem = await RoomHost.ProblemAsync(await host.AdminClient.QueryAsync(Endless), ErrorCodes.QueryLimit);
        Assert.Equal("The query was stopped: it ran longer than 1 seconds.", problem.Detail);
        for (var i = 0; i < 300 && Processes(host).Length > 0; i++) await Task.Delay(10);
        Assert.Empty(Processes(host));
    }
}
