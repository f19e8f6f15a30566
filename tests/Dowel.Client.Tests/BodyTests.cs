using System.Text;
using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Client.Tests;

public sealed class BodyTests
{
    [Fact]
    public async Task Sends_camel_case_with_enums_and_special_numbers_as_text()
    {
        var (client, server) = FakeServer.Start();

        await client.Runs.LogAsync("r", new LogToRun { Metrics = [new MetricPoint("loss", double.NaN, 3)] });
        Assert.Equal("""{"metrics":[{"key":"loss","value":"NaN","step":3,"at":null}],"params":null,"tags":null}""", server.Last.Body);

        server.Answers("{}");
        await client.Resources.ShareAsync("r", new Sharing { Visibility = Visibility.Shared, People = [new Share("bob", Permission.Use)] });
        Assert.Equal("""{"visibility":"shared","people":[{"user":"bob","level":"use"}]}""", server.Last.Body);
    }

    [Fact]
    public async Task Reads_cells_as_plain_values()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("""{"columns":[{"name":"a","type":"int64","nullable":true}],"rows":[[1,2.5,"x",true,null,[1,"y"],9007199254740993,1e300,{"k":1}]],"truncated":false}""");

        var result = await client.Datasets.QueryAsync("SELECT");

        var row = Assert.Single(result.Rows);
        Assert.Equal([1L, 2.5, "x", true, null], row.Take(5));
        Assert.Equal([1L, "y"], Assert.IsType<object?[]>(row[5]));
        Assert.Equal(9007199254740993L, row[6]);
        Assert.Equal(1e300, row[7]);
        Assert.Equal(1L, Assert.IsType<Dictionary<string, object?>>(row[8])["k"]);
    }

    [Fact]
    public void Refuses_enums_as_numbers_and_names_given_twice()
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Sharing>("""{"visibility":1}""", DowelJson.Options));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<SqlQuery>("""{"sql":"a","sql":"b"}""", DowelJson.Options));
    }

    [Fact]
    public void Cells_keep_their_value_both_ways()
    {
        var table = new TableData { Rows = [[1L, -1.5, "ü\"", false, null, double.PositiveInfinity, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new object?[] { 1L }, 3f, (short)4]] };

        var json = JsonSerializer.Serialize(table, DowelJson.Options);

        Assert.Contains("""[1,-1.5,"\u00FC\u0022",false,null,"Infinity","2026-01-01T00:00:00+00:00",[1],3,4]""", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uploads_are_sent_as_they_are_read()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("""{"version":1,"rows":2}""");

        var version = await client.Datasets.UploadAsync("d", new MemoryStream(Encoding.UTF8.GetBytes("a\n1\n2\n")), "csv");

        Assert.Equal(2, version.Rows);
        Assert.Equal("a\n1\n2\n", server.Last.Body);
        Assert.Equal("text/csv", server.Last.ContentType);
    }

    [Theory]
    [InlineData("parquet", "application/vnd.apache.parquet")]
    [InlineData("jsonl", "application/jsonl")]
    public async Task Uploads_name_their_type(string format, string type)
    {
        var (client, server) = FakeServer.Start();
        server.Answers("{}");

        await client.Datasets.UploadAsync("d", new MemoryStream([1]), format);

        Assert.Equal(type, server.Last.ContentType);
    }

    [Fact]
    public async Task Pushes_csv_as_it_is()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("{}");

        await client.FeatureViews.PushCsvAsync("v", new MemoryStream("id,f\n1,2\n"u8.ToArray()));

        Assert.Equal("text/csv", server.Last.ContentType);
        Assert.Equal("id,f\n1,2\n", server.Last.Body);
    }

    [Fact]
    public async Task Sends_the_revision_it_was_given()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("{}");

        await client.Datasets.UpdateAsync("d", new ResourcePatch { Description = "x" }, ifRevision: 7);

        Assert.Equal("\"7\"", server.Last.IfMatch);
    }

    [Fact]
    public async Task Takes_the_code_out_of_a_whole_link()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("""{"info":{},"secret":"s"}""");

        await client.Identity.RedeemLinkAsync("http://127.0.0.1:5080/sign-in?next=%2F&code=a%2Bb#x");

        Assert.Contains("\"code\":\"a\\u002Bb\"", server.Last.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Goes_on_with_a_broken_download()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("rest", System.Net.HttpStatusCode.PartialContent, "application/octet-stream");

        await using var stream = await client.Runs.DownloadArtifactAsync("r", "a", from: 100);

        Assert.Equal("bytes=100-", server.Last.Range);
        Assert.Equal("rest", await new StreamReader(stream).ReadToEndAsync());
    }

    [Fact]
    public async Task Does_not_take_the_beginning_for_the_middle()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("all of it");

        await Assert.ThrowsAsync<DowelException>(() => client.Runs.DownloadArtifactAsync("r", "a", from: 100));
    }
}
