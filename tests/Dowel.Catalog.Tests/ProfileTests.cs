using Dowel.Catalog.Profiles;
using Dowel.Contracts;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Catalog.Tests;

public sealed class ProfileTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Callers_at_the_same_time_share_one_computation_which_is_kept(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new CatalogRoom());
        var http = host.AdminClient;
        await http.CreateDatasetAsync("titanic");
        await http.UploadTitanicAsync("titanic");
        var profiles = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => http.GetStringAsync("/api/v1/datasets/titanic/profile")));
        Assert.Single(profiles.Distinct());
        Assert.Equal(1, host.Services.GetRequiredService<DatasetProfiles>().Computed);
        await host.RestartAsync();
        Assert.Equal(profiles[0], await host.AdminClient.GetStringAsync("/api/v1/datasets/titanic/profile"));
        Assert.Equal(0, host.Services.GetRequiredService<DatasetProfiles>().Computed);
    }

    [Fact]
    public async Task Of_a_wide_dataset_the_first_columns_are_profiled_and_the_others_counted()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        var http = host.AdminClient;
        await http.CreateDatasetAsync("wide");
        await http.UploadAsync("wide", string.Join(',', Enumerable.Range(0, 1200).Select(i => $"c{i}")) + "\n" + string.Join(',', Enumerable.Range(0, 1200)) + "\n");
        var profile = await http.GetAsync<DatasetProfile>("/api/v1/datasets/wide/profile");
        Assert.Equal((1000, 200, 50), (profile.Columns.Count, profile.ColumnsLeftOut, profile.Correlation.Columns.Count));
        Assert.Equal(("c999", 999.0), (profile.Columns[^1].Name, profile.Columns[^1].Mean));
        // Kept as it was computed.
        Assert.Equal(200, (await http.GetAsync<DatasetProfile>("/api/v1/datasets/wide/profile")).ColumnsLeftOut);
    }

    [Fact]
    public async Task NaN_and_infinities_survive_the_whole_way()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        var http = host.AdminClient;
        await http.CreateDatasetAsync("floats");
        await http.UploadAsync("floats", "x,y\n1.5,1\nNaN,2\ninf,3\n,4\n2.5,5\n");

        var rows = (await http.GetAsync<TableData>("/api/v1/datasets/floats/sample")).Rows;
        Assert.Equal([1.5, "NaN", "Infinity", null, 2.5], rows.Select(r => r[0]));
        var x = (await http.GetAsync<DatasetProfile>("/api/v1/datasets/floats/profile")).Columns[0];
        Assert.Equal((2L, 2.0), (x.Missing, x.Mean!.Value));
        Assert.Equal(2, x.Histogram!.Counts.Sum());
        Assert.Equal("NaN", (await http.RowsAsync("SELECT x FROM floats WHERE isnan(x)")).Rows[0][0]);
    }

    [Fact]
    public async Task Results_are_cut_at_the_limit_and_say_so()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        var http = host.AdminClient;
        await http.CreateDatasetAsync("titanic");
        await http.UploadTitanicAsync("titanic");
        var cut = await http.RowsAsync("SELECT passenger_id FROM titanic ORDER BY 1", 10);
        Assert.Equal((10, true), (cut.Rows.Count, cut.Truncated));
        var whole = await http.RowsAsync("SELECT passenger_id FROM titanic LIMIT 10", 10);
        Assert.Equal((10, false), (whole.Rows.Count, whole.Truncated));
        await RoomHost.ProblemAsync(await http.QueryAsync("SELECT 1", 0), ErrorCodes.Invalid);
        await RoomHost.ProblemAsync(await http.QueryAsync("SELEC 1"), ErrorCodes.QueryFailed);
        await RoomHost.ProblemAsync(await http.QueryAsync(null!), ErrorCodes.Invalid);
        await RoomHost.ProblemAsync(await http.QueryAsync(" \n"), ErrorCodes.Invalid);
    }
}
