using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Cli.Tests;

public sealed class BatchTests : IDisposable
{
    private const string Queued = """{"id":"batch_1","project":"p","state":"queued","endpoint":"e","input":"p.people","inputVersion":4,"output":"o","rows":10}""";
    private const string Succeeded = """{"id":"batch_1","project":"p","state":"succeeded","endpoint":"e","input":"p.people","inputVersion":4,"output":"o","rows":10,"done":10,"failed":2,"result":{"datasetId":"ds_1","version":3,"failedDatasetId":"ds_2","failedVersion":1,"models":["m/2"]}}""";
    private const string Failed = """{"id":"batch_1","project":"p","state":"failed","message":"too many","endpoint":"e","input":"p.people","inputVersion":4,"output":"o","rows":10,"done":10,"failed":9}""";
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    private CreateBatchRun Sent() => JsonSerializer.Deserialize<CreateBatchRun>(cli.Server.Last.Body!, DowelJson.Options)!;

    [Fact]
    public async Task A_run_is_sent_with_what_was_said_and_its_id_is_printed()
    {
        cli.Answers(Queued);
        Assert.Equal(0, await cli.DowelAsync("batch", "create", "-e", "e", "-i", "p.people@4", "--to", "o", "-c", "age=age years", "-k", "id", "-k", "name", "--max-rows-per-second", "50", "--chunk-rows", "9"));
        var sent = Sent();
        Assert.Equal(("e", null, "p.people", 4, "o"), (sent.Endpoint, sent.Model, sent.Input, sent.InputVersion, sent.Output));
        Assert.Equal("age years", sent.Columns!["age"]);
        Assert.Equal(["id", "name"], sent.Keep!);
        Assert.Equal(new BatchSettings { MaxRowsPerSecond = 50, ChunkRows = 9 }, sent.Settings);
        Assert.Contains("batch_1", cli.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_ends_with_what_came_of_it_and_fails_where_the_run_does()
    {
        cli.Answers(Queued).Answers(Succeeded);
        Assert.Equal(0, await cli.DowelAsync("batch", "create", "-m", "m", "-v", "2", "-i", "people", "--to", "o", "--wait"));
        Assert.Contains("p.o version 3", cli.Out.ToString(), StringComparison.Ordinal);
        Assert.Contains("p.o_failed version 1", cli.Out.ToString(), StringComparison.Ordinal);
        cli.Answers(Queued).Answers(Failed);
        Assert.Equal(1, await cli.DowelAsync("batch", "resume", "batch_1", "--wait"));
        Assert.Contains("too many", cli.Out.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-i", "people", "--to", "o")]
    [InlineData("-e", "e", "-m", "m", "-i", "people", "--to", "o")]
    [InlineData("-m", "m", "-v", "1", "--alias", "a", "-i", "people", "--to", "o")]
    public async Task What_cannot_be_meant_is_wrong_usage(params string[] args) => Assert.Equal(2, await cli.DowelAsync(["batch", "create", .. args]));

    [Fact]
    public async Task A_run_is_deleted_after_a_question()
    {
        cli.Answers("");
        Assert.Equal(0, await cli.DowelAsync("batch", "delete", "batch_1", "--yes"));
        Assert.Equal(("DELETE", "/api/v1/batch/batch_1"), (cli.Server.Last.Method, cli.Server.Last.Path));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_told_before_anything_is_sent()
    {
        Assert.Equal(1, await cli.DowelAsync("batch", "create", "-e", "e", "-i", "absent.csv", "--to", "o"));
        Assert.Contains("absent.csv", cli.Error.ToString(), StringComparison.Ordinal);
    }
}
