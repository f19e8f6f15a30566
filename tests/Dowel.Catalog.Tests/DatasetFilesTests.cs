using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Tables;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Catalog.Tests;

/// <summary>Datasets as other rooms read and publish them.</summary>
public class DatasetFilesTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task What_is_published_becomes_a_version_once_with_where_it_came_from(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new CatalogRoom());
        using var alice = await host.CreateUserAsync("alice");
        var files = host.Services.GetRequiredService<IDatasetFiles>();
        var actor = await ActorAsync(host, "alice");
        await alice.CreateDatasetAsync("source");
        await alice.UploadAsync("source", "x\n1\n2\n");
        var source = (await files.OpenAsync(actor, "source", null, default)).Value;
        Assert.Equal(("alice.source", 1, 2, "x"), (source.Name, source.Version, source.Rows, Assert.Single(source.Columns).Name));

        var publication = new DatasetPublication
        {
            Project = "alice",
            Name = "made",
            Description = "made in a test",
            Path = Parquet(host, "first", "SELECT 1 AS a"),
            Key = "batch_1",
            MadeFrom = [new(source.Id, "1", "feeds")],
        };
        var first = (await files.PublishAsync(actor, publication, default)).Value;
        // Once more, as after a crash, also with other bytes: the version is the one that is there.
        Assert.Equal(first, (await files.PublishAsync(actor, publication with { Path = Parquet(host, "second", "SELECT 2 AS a") }, default)).Value);
        var second = (await files.PublishAsync(actor, publication with { Path = Parquet(host, "third", "SELECT 3 AS a"), Key = "batch_2" }, default)).Value;
        Assert.Equal(first with { Version = 2 }, second);
        Assert.Equal(first, (await files.PublishAsync(actor, publication, default)).Value);

        var dataset = await alice.GetAsync<Dataset>("/api/v1/datasets/made");
        Assert.Equal(("made in a test", 2, "batch_2", "alice"), (dataset.Description, dataset.Latest!.Version, dataset.Latest.Source, dataset.Latest.CreatedBy));
        Assert.Equal(3L, Assert.Single((await alice.RowsAsync("SELECT a FROM made")).Rows)[0]);
        var edges = await host.Connect("alice").Resources.LineageAsync(first.Id);
        Assert.Contains(edges, e => (e.From.Name, e.From.Version, e.To.Version, e.Relation) == ("source", "1", "1", "feeds"));
        var trail = await host.AdminClient.GetAsync<Page<AuditRecord>>($"/api/v1/audit?resource={first.Id}");
        Assert.Equal(2, trail.Items.Count(r => r.Action == "dataset.publish"));
    }

    [Fact]
    public async Task Others_may_neither_read_nor_publish()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        using var alice = await host.CreateUserAsync("alice");
        using var bob = await host.CreateUserAsync("bob");
        await host.CreateProjectAsync("alice", "team", ("bob", ProjectRole.Viewer));
        var files = host.Services.GetRequiredService<IDatasetFiles>();
        var (a, b) = (await ActorAsync(host, "alice"), await ActorAsync(host, "bob"));
        await alice.CreateDatasetAsync("empty");
        await alice.CreateDatasetAsync("mine");
        await alice.UploadAsync("mine", "x\n1\n");

        Assert.Equal(ErrorCodes.Forbidden, (await files.OpenAsync(b, "alice.mine", null, default)).Failure!.Code);
        Assert.Equal(ErrorCodes.NotFound, (await files.OpenAsync(a, "mine", 2, default)).Failure!.Code);
        Assert.Equal(ErrorCodes.NotFound, (await files.OpenAsync(a, "empty", null, default)).Failure!.Code);
        Assert.Equal(ErrorCodes.NotFound, (await files.OpenAsync(a, "absent", null, default)).Failure!.Code);

        Assert.Equal("alice", (await files.CheckTargetAsync(a, null, "new", default)).Value.Name);
        Assert.Equal("team", (await files.CheckTargetAsync(a, "team", "new", default)).Value.Name);
        Assert.Equal(ErrorCodes.Forbidden, (await files.CheckTargetAsync(b, "team", "new", default)).Failure!.Code);
        Assert.Equal(ErrorCodes.Forbidden, (await files.CheckTargetAsync(b, "alice", "mine", default)).Failure!.Code);
        Assert.Equal(ErrorCodes.NotFound, (await files.CheckTargetAsync(a, "absent", "new", default)).Failure!.Code);
        var publication = new DatasetPublication { Project = "team", Name = "new", Path = Parquet(host, "p", "SELECT 1 AS a"), Key = "k" };
        Assert.Equal(ErrorCodes.Forbidden, (await files.PublishAsync(b, publication, default)).Failure!.Code);
        Assert.Empty((await alice.GetAsync<Page<Dataset>>("/api/v1/datasets?project=team")).Items);
    }

    private static async Task<Actor> ActorAsync(RoomHost host, string user)
    {
        var me = await host.Connect(user).Identity.MeAsync();
        return new Actor { UserId = me.User.Id, UserName = user };
    }

    private static string Parquet(RoomHost host, string name, string select)
    {
        var path = Path.Combine(host.DataDir, $"{name}.parquet");
        using var duck = Duck.Open();
        duck.Execute($"COPY ({select}) TO {Duck.Literal(path)} (FORMAT parquet)");
        return path;
    }
}
