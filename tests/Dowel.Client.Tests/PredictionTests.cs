using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Client.Tests;

public sealed class PredictionTests
{
    private const string Answer = """{"model_name":"e","model_version":"3","id":"mine","parameters":{"prediction_id":"01P"},"outputs":[{"name":"p","datatype":"FP64","shape":[2],"data":[0.25,1]},{"name":"label","datatype":"BYTES","shape":[2],"data":["no","yes"]}]}""";

    [Fact]
    public async Task Asks_in_open_inference_form_and_reads_outputs_by_name()
    {
        var (client, server) = FakeServer.Start();
        server.Answers(Answer);

        var answer = await client.Endpoints.PredictAsync("my endpoint", new Dictionary<string, Array> { ["passenger_id"] = new[] { 1L, 2L } });

        Assert.Equal("POST /v2/models/my%20endpoint/infer", $"{server.Last.Method} {server.Last.Path}");
        Assert.Equal("""{"inputs":[{"name":"passenger_id","datatype":"INT64","shape":[2],"data":[1,2]}]}""", server.Last.Body);
        Assert.Equal(("01P", "mine", "e", "3"), (answer.Id, answer.RequestId, answer.Model, answer.ModelVersion));
        Assert.Equal([0.25, 1], answer.Numbers("p"));
        Assert.Equal(["no", "yes"], answer.Texts("label"));
        Assert.Equal([2], answer.Shapes["p"]);
    }

    [Fact]
    public async Task Names_the_outputs_there_are()
    {
        var (client, server) = FakeServer.Start();
        server.Answers(Answer);
        var answer = await client.Endpoints.PredictAsync("e", new Dictionary<string, Array> { ["x"] = new[] { 1f } });

        var e = Assert.Throws<DowelException>(() => answer.Numbers("q"));

        Assert.Contains("p, label", e.Message, StringComparison.Ordinal);
    }

    public static TheoryData<Array, string, string> Tensors => new()
    {
        { new[] { true }, "BOOL", "[1]" },
        { new[] { 1 }, "INT32", "[1]" },
        { new[] { 1.5f }, "FP32", "[1]" },
        { new[] { double.NaN }, "FP64", "[1]" },
        { new[] { "a", "b" }, "BYTES", "[2]" },
        { new[,] { { 1.0, 2.0, 3.0 } }, "FP64", "[1,3]" },
        { new object?[] { 1L, 2.5, null }, "FP64", "[3]" },
        { new object?[] { 1L, 2 }, "INT64", "[2]" },
        { new object?[] { "a", null }, "BYTES", "[2]" },
        { new object?[] { null }, "FP64", "[1]" },
    };

    [Theory]
    [MemberData(nameof(Tensors), DisableDiscoveryEnumeration = true)]
    public async Task Takes_the_data_type_from_the_array(Array values, string datatype, string shape)
    {
        var (client, server) = FakeServer.Start();
        server.Answers("{}");

        await client.Endpoints.PredictAsync("e", new Dictionary<string, Array> { ["x"] = values });

        using var body = JsonDocument.Parse(server.Last.Body!);
        var input = body.RootElement.GetProperty("inputs")[0];
        Assert.Equal(datatype, input.GetProperty("datatype").GetString());
        Assert.Equal(shape, input.GetProperty("shape").GetRawText());
    }

    [Fact]
    public async Task A_missing_number_is_null_both_ways()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("""{"id":"01P","outputs":[{"name":"p","datatype":"FP64","shape":[2],"data":[null,1]}]}""");

        var answer = await client.Endpoints.PredictAsync("e", new Dictionary<string, Array> { ["x"] = new[] { double.NaN, 1 }, ["y"] = new[] { float.NaN, 2 } });

        Assert.Contains("\"data\":[null,1]", server.Last.Body, StringComparison.Ordinal);
        Assert.Contains("\"data\":[null,2]", server.Last.Body, StringComparison.Ordinal);
        Assert.Equal([double.NaN, 1], answer.Numbers("p"));
        Assert.Equal("01P", answer.Id);
    }

    [Fact]
    public async Task Refuses_values_that_do_not_go_together()
    {
        var (client, server) = FakeServer.Start();

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Endpoints.PredictAsync("e", new Dictionary<string, object?[]> { ["x"] = ["a", 1L] }));

        Assert.Equal(ErrorCodes.Invalid.Code, e.Code);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Waits_for_the_new_version_while_the_old_one_answers()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("""{"state":"ready","deployments":[{"state":"ready","version":1},{"state":"loading","version":2}]}""").Answers("""{"state":"ready","deployments":[{"state":"ready","version":2}]}""");

        Assert.Equal(2, Assert.Single((await client.Endpoints.WaitUntilReadyAsync("e")).Deployments).Version);
    }

    [Fact]
    public async Task Waits_for_an_endpoint_and_says_why_it_failed()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("""{"state":"loading"}""").Answers("""{"state":"ready","name":"e"}""");
        Assert.Equal("e", (await client.Endpoints.WaitUntilReadyAsync("e")).Name);

        server.Answers("""{"state":"failed","deployments":[{"state":"failed","message":"the file is damaged"}]}""");
        var e = await Assert.ThrowsAsync<DowelException>(() => client.Endpoints.WaitUntilReadyAsync("e"));
        Assert.Contains("the file is damaged", e.Message, StringComparison.Ordinal);
    }
}
