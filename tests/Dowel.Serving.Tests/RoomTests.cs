using System.Net;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Serving.Tests;

public class RoomTests
{
    [Theory, InlineData("/api/v1/endpoints"), InlineData("/api/v1/endpoints/some"), InlineData("/v2/models/some/infer")]
    public async Task Off_it_answers_404_and_says_how_to_switch_it_on_while_the_rest_works(string path)
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new ServingRoom()], new Dictionary<string, string?> { ["Rooms:Serving"] = "false" }, null);
        using var admin = host.AdminClient;
        var problem = await RoomHost.ProblemAsync(await admin.GetAsync(path), ErrorCodes.RoomOff);
        Assert.Contains("Rooms__Serving=true", problem.Detail);
        Assert.False(Assert.Single((await host.Connect("admin").Identity.MeAsync()).Rooms).Enabled);
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("/api/v1/projects")).StatusCode);
    }

    [Fact]
    public async Task A_room_that_there_is_not_stops_the_start_by_name()
    {
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => RoomHost.StartAsync(Engine.Sqlite, [new ServingRoom()], new Dictionary<string, string?> { ["Rooms:Kitchen"] = "true" }, null));
        Assert.Contains("Rooms:Kitchen", e.Message);
    }

    [Theory, InlineData("Serving:MaxRows", "0"), InlineData("Serving:Nonsense", "1"), InlineData("Dowel:Nonsense", "1")]
    public async Task Wrong_and_unknown_settings_stop_the_start_naming_their_key(string key, string value)
    {
        var e = await Assert.ThrowsAnyAsync<Exception>(() => RoomHost.StartAsync(Engine.Sqlite, [new ServingRoom()], new Dictionary<string, string?> { [key] = value }, null));
        Assert.Contains(key.Split(':')[1], e.ToString());
    }
}
