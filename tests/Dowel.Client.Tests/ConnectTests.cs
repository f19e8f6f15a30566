namespace Dowel.Client.Tests;

public sealed class ConnectTests
{
    [Fact]
    public void Needs_an_address()
    {
        Assert.Throws<ArgumentException>(() => new DowelClient(new HttpClient()));
    }

    [Fact]
    public void Leaves_a_client_that_it_was_given_alone()
    {
        using var http = new HttpClient { BaseAddress = new Uri("http://dowel.test") };
        new DowelClient(http).Dispose();

        http.BaseAddress = new Uri("http://other.test");
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_unreachable()
    {
        using var client = DowelClient.Connect(new Uri("http://127.0.0.1:1"), "token");

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Identity.MeAsync());

        Assert.Equal(DowelException.Unreachable, e.Code);
    }
}
