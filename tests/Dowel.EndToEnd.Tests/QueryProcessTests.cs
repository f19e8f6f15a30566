using Dowel.Client;

namespace Dowel.EndToEnd.Tests;

/// <summary>SQL runs in a process beside the server, which comes with the first query and goes with the server.</summary>
public class QueryProcessTests
{
    [Fact]
    public async Task The_process_for_queries_starts_with_the_first_and_does_not_outlive_the_server()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        using var client = DowelClient.Connect(server.Address, await server.FirstAdminTokenAsync());
        Assert.Empty(Workers(server));
        Assert.Equal(42L, (await client.Datasets.QueryAsync("SELECT 42")).Rows[0][0]);
        Assert.Single(Workers(server));

        var query = client.Datasets.QueryAsync("SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = 3");
        await Task.Delay(500);
        await server.KillAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => query);
        for (var i = 0; i < 200 && Workers(server).Length > 0; i++) await Task.Delay(10);
        Assert.Empty(Workers(server));
    }

    /// <summary>The processes that work below the server's data folder.</summary>
    private static string[] Workers(ServerProcess server) => [.. Directory.EnumerateDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), out _)).Where(p =>
    {
        try
        {
            return new FileInfo(Path.Combine(p, "cwd")).LinkTarget?.StartsWith(server.DataDir, StringComparison.Ordinal) == true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    })];
}
