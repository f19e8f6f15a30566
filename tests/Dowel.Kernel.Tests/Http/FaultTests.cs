using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Objects;
using Dowel.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;

namespace Dowel.Kernel.Tests.Http;

public sealed class FaultTests
{
    [Fact]
    public async Task An_encoding_that_is_not_known_is_a_wrong_content_type()
    {
        await using var host = await RoomHost.StartAsync();
        foreach (var charset in new[] { "bogus", "utf-7" })
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes("{}"));
            content.Headers.TryAddWithoutValidation("Content-Type", $"application/json; charset={charset}");
            await RoomHost.ProblemAsync(await host.HttpFor(null).PostAsync("/api/v1/auth/sign-in", content), ErrorCodes.Malformed with { Status = 415 });
        }
    }

    [Fact]
    public async Task A_field_that_is_not_known_is_named()
    {
        await using var host = await RoomHost.StartAsync();
        var problem = await RoomHost.ProblemAsync(await host.AdminClient.PostAsync("/api/v1/projects", new StringContent("""{"name":"p","descripton":"misspelt"}""", Encoding.UTF8, "application/json")), ErrorCodes.Malformed);
        Assert.Equal("descripton", Assert.Single(problem.Fields!).Field);
        await RoomHost.ProblemAsync(await host.AdminClient.GetAsync("/api/v1/projects/p"), ErrorCodes.NotFound);
    }

    [Fact]
    public async Task A_full_disk_and_a_lost_object_are_told()
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [], null, null, app =>
        {
            app.MapGet("/api/v1/file", IResult () => throw new IOException("No space left on device : '/data/x'")).Allow(AccessRule.Anonymous("test"));
            app.MapGet("/api/v1/database", IResult () => throw new InvalidOperationException("outside", new SqliteException("database or disk is full", 13))).Allow(AccessRule.Anonymous("test"));
            app.MapGet("/api/v1/object", IResult () => throw new ObjectMissingException("abc", "version 2 of the dataset")).Allow(AccessRule.Anonymous("test"));
            app.MapGet("/api/v1/fault", IResult () => throw new IOException("something else")).Allow(AccessRule.Anonymous("test"));
        });
        foreach (var path in new[] { "/api/v1/file", "/api/v1/database" }) await RoomHost.ProblemAsync(await host.HttpFor(null).GetAsync(path), ErrorCodes.StorageFull);
        var lost = await RoomHost.ProblemAsync(await host.HttpFor(null).GetAsync("/api/v1/object"), ErrorCodes.StorageLost);
        Assert.Contains("version 2 of the dataset", lost.Detail, StringComparison.Ordinal);
        await RoomHost.ProblemAsync(await host.HttpFor(null).GetAsync("/api/v1/fault"), ErrorCodes.Fault);
    }

    [Fact]
    public async Task The_data_folder_is_for_the_servers_user_alone()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var host = await RoomHost.StartAsync();
        var made = Path.Combine(host.DataDir, "elsewhere");
        Assert.True(Directory.Exists(new Hosting.DowelOptions { DataDir = made }.Folder("objects")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(made));
    }
}
