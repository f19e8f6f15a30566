using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.Tests.Remote;

public sealed class SeldonServerTests
{
    private const string Path = "POST /api/v1.0/predictions";

    [Fact]
    public async Task Columns_go_with_their_names()
    {
        await using var server = await StartAsync(Path, """{"data":{"names":["p"],"ndarray":[[0.5],[0.25]]},"meta":{}}""");
        await using var model = await server.ConnectAsync("seldon");
        var answer = await model.PredictAsync([Tensor.Of("age", [1L, 2L], 2), Tensor.Of("sex", ["f", null!], 2)], TestContext.Current.CancellationToken);
        Assert.Equal("""{"data":{"names":["age","sex"],"ndarray":[[1,"f"],[2,null]]}}""", server.Requests.Single().Body);
        Assert.Equal("p", answer.Tensors.Single().Name);
        Assert.Equal([0.5, 0.25], ((Tensor<double>)answer.Tensors[0]).Values);
    }

    [Fact]
    public async Task An_array_goes_as_it_is()
    {
        await using var server = await StartAsync(Path, """{"data":{"names":["t:0","t:1"],"tensor":{"shape":[1,2],"values":[0.5,0.25]}}}""");
        await using var model = await server.ConnectAsync("seldon");
        var answer = await model.PredictAsync([Tensor.Of("x", [1d, 2, 3, 4], 1, 2, 2)], TestContext.Current.CancellationToken);
        Assert.Equal("""{"data":{"ndarray":[[[1,2],[3,4]]]}}""", server.Requests.Single().Body);
        var output = Assert.Single(answer.Tensors);
        Assert.Equal(("output", 2), (output.Name, output.Count));
        Assert.Equal([1, 2], output.Shape);
    }

    [Theory]
    [InlineData("""{"data":{"names":["a","b"],"ndarray":[[1,"x"]]}}""", "a:INT64=1 b:BYTES=x")]
    [InlineData("""{"data":{"names":["a","b"],"tensor":{"shape":[1,2],"values":[1,2]}}}""", "a:FP64=1 b:FP64=2")]
    [InlineData("""{"data":{"ndarray":[1,2]}}""", "output:INT64=1,2")]
    [InlineData("""{"data":{"tftensor":{"dtype":"DT_DOUBLE","tensorShape":{"dim":[{"size":"1"}]},"doubleVal":[7]}}}""", "output:FP64=7")]
    [InlineData("""{"strData":"hello"}""", "output:BYTES=hello")]
    [InlineData("""{"binData":"aGk="}""", "output:BYTES=hi")]
    [InlineData("""{"jsonData":{"score":[1.5],"word":["w"]}}""", "score:FP64=1.5 word:BYTES=w")]
    public async Task Every_form_of_an_answer_is_read(string json, string expected)
    {
        await using var server = await StartAsync(Path, json);
        await using var model = await server.ConnectAsync("seldon");
        var answer = await AskAsync(model);
        Assert.Equal(expected, string.Join(' ', answer.Tensors.Select(t => FormattableString.Invariant($"{t.Name}:{t.Datatype}={string.Join(',', Enumerable.Range(0, t.Count).Select(i => FormattableString.Invariant($"{t[i]}")))}"))));
    }

    [Fact]
    public async Task Tags_and_metrics_come_with_the_answer()
    {
        await using var server = await StartAsync(Path, """
            {"data":{"ndarray":[[1]]},"meta":{"tags":{"who":"me","n":3,"deep":{"x":1}},
             "metrics":[{"type":"COUNTER","key":"c","value":1},{"type":"GAUGE","key":"g","value":0.5},{"type":"TIMER","key":"t","value":20.2},{"key":"bad"}]}}
            """);
        await using var model = await server.ConnectAsync("seldon");
        var answer = await AskAsync(model);
        Assert.Equal("""me 3 {"x":1}""", $"{answer.Tags!["who"]} {answer.Tags["n"]} {answer.Tags["deep"]}");
        Assert.Equal([new("c", ModelMetricKind.Counter, 1), new("g", ModelMetricKind.Gauge, 0.5), new("t", ModelMetricKind.Timer, 20.2)], answer.Metrics!);
    }

    [Fact]
    public async Task An_older_wrapper_is_called_at_its_own_path()
    {
        await using var server = await StartAsync("POST /predict", """{"data":{"ndarray":[[1]]}}""");
        await using var model = await server.ConnectAsync("seldon");
        await AskAsync(model);
        await AskAsync(model);
        Assert.Equal([Path, "POST /predict", "POST /predict"], server.Requests.Select(r => r.Line));
    }

    [Theory]
    [InlineData(500, """{"status":{"code":-1,"info":"'NoneType' object","reason":"MICROSERVICE_INTERNAL_ERROR","status":1}}""", "'NoneType' object")]
    [InlineData(200, """{"status":{"code":-1,"info":"failed all the same","reason":"X","status":"FAILURE"}}""", "failed all the same")]
    [InlineData(200, """{"meta":{}}""", "not what its protocol says")]
    [InlineData(200, """{"data":{"ndarray":[[1],[2,3]]}}""", "not what its protocol says")]
    [InlineData(200, "nothing", "not what its protocol says")]
    public async Task Failures_have_the_words_of_the_model(int status, string body, string words)
    {
        await using var server = await StartAsync(Path, (RequestDelegate)(async c =>
        {
            c.Response.StatusCode = status;
            await c.Response.WriteAsync(body);
        }));
        await using var model = await server.ConnectAsync("seldon");
        Assert.Contains(words, (await Assert.ThrowsAsync<ModelException>(async () => await AskAsync(model))).Message);
    }

    private static Task<ModelServer> StartAsync(string path, object answer) => ModelServer.StartAsync(new Dictionary<string, object> { [path] = answer });

    private static ValueTask<ModelOutput> AskAsync(ILoadedModel model) => model.PredictAsync([Tensor.Of("x", [1d, 2], 1, 2)], TestContext.Current.CancellationToken);
}
