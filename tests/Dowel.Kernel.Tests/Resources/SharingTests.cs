using System.Net.Http.Json;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Tests.Identity;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Kernel.Tests.Resources;

public sealed class SharingTests
{
    [Theory]
    [InlineData("""{"visibility":"shared","people":[null]}""", "people[0]")]
    [InlineData("""{"visibility":"shared","people":[{"user":"bob","level":"manage"}]}""", "people[0].level")]
    [InlineData("""{"visibility":"shared","people":[{"user":"nobody","level":"use"}]}""", "people[0].user")]
    [InlineData("""{"visibility":"shared","people":[{"user":"bob","level":"use"},{"user":"bob","level":"read"}]}""", "people")]
    [InlineData("""{"visibility":"public","people":[{"user":"bob","level":"use"}]}""", "visibility")]
    [InlineData("""{"visibility":"private","people":null}""", null)]
    public async Task A_wrong_list_of_people_is_named(string body, string? field)
    {
        await using var host = await RoomHost.StartAsync();
        await host.CreateUserAsync("bob");
        var made = await DatasetAsync(host, host.AdminClient);
        var response = await host.AdminClient.PutAsync($"/api/v1/resources/{made.Id}/sharing", new StringContent(body, Encoding.UTF8, "application/json"));
        if (field is null) await RoomHost.ReadAsync<Sharing>(response);
        else Assert.Equal(field, Assert.Single((await RoomHost.ProblemAsync(response, ErrorCodes.Invalid)).Fields!).Field);
    }

    [Fact]
    public async Task A_refusal_does_not_name_what_may_not_be_seen_and_says_what_it_takes_otherwise()
    {
        await using var host = await RoomHost.StartAsync();
        var bob = await host.CreateUserAsync("bob");
        var made = await DatasetAsync(host, host.AdminClient);
        var hidden = await RoomHost.ProblemAsync(await bob.GetAsync($"/api/v1/resources/{made.Id}/sharing"), ErrorCodes.Forbidden);
        Assert.Equal("You may not see this dataset.", hidden.Detail);
        await host.AdminClient.PutAsJsonAsync($"/api/v1/resources/{made.Id}/sharing", new Sharing { Visibility = Visibility.Public }, DowelJson.Options);
        var seen = await RoomHost.ProblemAsync(await bob.PutAsJsonAsync($"/api/v1/resources/{made.Id}/sharing", new Sharing(), DowelJson.Options), ErrorCodes.Forbidden);
        Assert.Equal("You need 'manage' on the dataset 'salaries'; you have 'use'.", seen.Detail);
        var audit = await RoomHost.ProblemAsync(await bob.GetAsync("/api/v1/audit"), ErrorCodes.Forbidden);
        Assert.Equal(("This is for auditors and administrators.", "Ask an administrator for that role."), (audit.Detail, audit.Remedy));
        Assert.Equal("Sign in, or send a token.", (await RoomHost.ProblemAsync(await host.HttpFor(null).GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated)).Detail);
    }

    private static async Task<Resource> DatasetAsync(RoomHost host, HttpClient owner)
    {
        var me = await owner.MeAsync();
        var resources = host.Services.GetRequiredService<IResourceService>();
        return (await host.Db().WriteAsync(s => resources.CreateAsync(s, new Actor { UserId = me.User.Id, UserName = me.User.Name }, ResourceKind.Dataset, new ResourceSpec { Name = "salaries" }, null))).Value;
    }
}
