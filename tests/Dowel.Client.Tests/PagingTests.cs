using Dowel.Contracts;

namespace Dowel.Client.Tests;

public sealed class PagingTests
{
    [Fact]
    public async Task Walks_all_pages_with_the_same_question()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("""{"items":[{"name":"a"},{"name":"b"}],"nextCursor":"x+y"}""").Answers("""{"items":[{"name":"c"}],"nextCursor":null}""");

        var names = await client.Datasets.AllAsync(new ListQuery { Search = "q" }).Select(d => d.Name).ToListAsync();

        Assert.Equal(["a", "b", "c"], names);
        Assert.Equal(["/api/v1/datasets?search=q", "/api/v1/datasets?search=q&cursor=x%2By"], server.Requests.Select(r => r.Path));
    }

    [Fact]
    public async Task Asks_no_further_than_it_is_read()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("""{"items":[{"name":"a"},{"name":"b"}],"nextCursor":"more"}""");

        Assert.Equal("a", (await client.Datasets.AllAsync().FirstAsync()).Name);

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_cursor_that_does_not_move_ends_it()
    {
        var reads = 0;
        var items = await Paging.AllAsync((_, _) => Task.FromResult(new Page<int> { Items = [++reads], NextCursor = "same" })).ToListAsync();

        Assert.Equal([1, 2], items);
    }
}
