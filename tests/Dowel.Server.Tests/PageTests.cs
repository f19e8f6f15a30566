using System.Net;
using Dowel.Kernel.Hosting;

namespace Dowel.Server.Tests;

/// <summary>What the pages answer before anything interactive begins.</summary>
[Collection(WholeServerCollection.Name)]
public class PageTests(WholeServer server)
{
    [Fact]
    public async Task A_link_that_will_not_do_says_so_before_a_password_is_chosen_and_a_good_one_is_not_used_up()
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        var spent = await http.GetStringAsync("/sign-in/link?code=garbage");
        Assert.Contains("does not work any more", spent);
        Assert.DoesNotContain("newPassword", spent);
        using var admin = server.Connect("admin");
        var link = await admin.Identity.CreateSignInLinkAsync("viewer");
        for (var i = 0; i < 2; i++) Assert.Contains("newPassword", await http.GetStringAsync(link.Link));
    }

    [Fact]
    public async Task The_pages_of_a_room_that_is_off_are_not_there()
    {
        var dataDir = Directory.CreateTempSubdirectory("dowel-off-").FullName;
        await using var app = DowelServer.Build([$"--Dowel:DataDir={dataDir}", "--Dowel:Urls=http://127.0.0.1:0", "--Dowel:GrpcPort=0", "--Dowel:SingleUser=true", "--Rooms:Catalog=false"]);
        await app.PrepareDowelAsync();
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        foreach (var path in new[] { "/datasets", "/datasets/d" }) Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(path)).StatusCode);
        // A browser gets the page itself, which says why, and not another one in its place.
        http.DefaultRequestHeaders.Add("Accept", "text/html");
        foreach (var path in new[] { "/datasets", "/datasets/d" })
        {
            using var answer = await http.GetAsync(path);
            Assert.Equal((HttpStatusCode.NotFound, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.Contains("_framework/blazor.web", await answer.Content.ReadAsStringAsync());
        }
        foreach (var path in new[] { "/", "/models", "/runs/r" }) Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(path)).StatusCode);
        await app.StopAsync();
    }
}
