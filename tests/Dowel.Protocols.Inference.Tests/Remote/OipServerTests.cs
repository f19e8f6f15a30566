using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.Tests.Remote;

public sealed class OipServerTests
{
    private const string Metadata = """{"name":"m","inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}],"outputs":[{"name":"y","datatype":"INT64","shape":[-1]},{"name":"z","datatype":"FP64","shape":[-1]}]}""";

    /// <summary>Answers its inputs as outputs, in the form they came in.</summary>
    private static readonly RequestDelegate Echo = async context =>
    {
        var body = (byte[])context.Items["body"]!;
        var header = context.Request.Headers["Inference-Header-Content-Length"];
        var length = header.Count == 0 ? body.Length : int.Parse(header.ToString());
        var json = JsonNode.Parse(body.AsSpan(0, length))!;
        var answer = Encoding.UTF8.GetBytes(new JsonObject { ["model_name"] = "m", ["outputs"] = json["inputs"]!.DeepClone() }.ToJsonString());
        if (header.Count > 0) context.Response.Headers["Inference-Header-Content-Length"] = answer.Length.ToString();
        await context.Response.Body.WriteAsync(answer);
        await context.Response.Body.WriteAsync(body.AsMemory(length));
    };

    [Fact]
    public async Task The_signature_is_what_the_server_says()
    {
        await using var server = await StartAsync("{}");
        await using var model = await server.ConnectAsync("oip", "m");
        Assert.Equal(["x"], model.Signature.Inputs.Select(i => i.Name));
        Assert.Equal([-1, 2], model.Signature.Inputs[0].Shape);
        Assert.Equal(["y", "z"], model.Signature.Outputs.Select(i => i.Name));
    }

    [Fact]
    public async Task Outputs_come_in_the_order_of_the_signature()
    {
        await using var server = await StartAsync("""{"outputs":[{"name":"z","datatype":"FP64","shape":[1],"data":[0.5]},{"name":"y","datatype":"INT64","shape":[1],"data":[[7]]}]}""");
        await using var model = await server.ConnectAsync("oip", "m");
        var answer = await AskAsync(model);
        Assert.Equal(["y", "z"], answer.Tensors.Select(t => t.Name));
        Assert.Equal([7L], ((Tensor<long>)answer.Tensors[0]).Values);
        var sent = JsonNode.Parse(server.Requests.Single(r => r.Line.EndsWith("infer")).Body)!.AsObject();
        Assert.True(sent.Remove("id"));
        Assert.Equal("""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2.5]}]}""", sent.ToJsonString());
    }

    [Fact]
    public async Task What_a_server_says_beside_its_outputs_comes_as_tags()
    {
        await using var server = await StartAsync("""{"id":"1","parameters":{"team":"iris","n":3,"ok":true,"headers":{"a":"b"},"content_type":null,"binary_data_output":false},"outputs":[{"name":"y","datatype":"INT64","shape":[1],"data":[7]}]}""");
        await using var model = await server.ConnectAsync("oip", "m");
        Assert.Equal(["team=iris", "n=3", "ok=true"], (await AskAsync(model)).Tags!.Select(t => $"{t.Key}={t.Value}"));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Tensors_of_every_type_go_and_come_unchanged(bool binary)
    {
        await using var server = await StartAsync(Echo, binary ? """{"name":"s","extensions":["binary_tensor_data"]}""" : """{"name":"s","extensions":[]}""");
        await using var model = await server.ConnectAsync("oip", "m");
        Tensor[] all =
        [
            Tensor.Of("b", [true, false], 2), Tensor.Of("i8", new sbyte[] { -128, 127 }, 2), Tensor.Of("i16", new short[] { -5, 5 }, 2), Tensor.Of("i32", [int.MinValue, int.MaxValue], 2),
            Tensor.Of("i64", [long.MinValue, long.MaxValue], 2), Tensor.Of("u8", new byte[] { 0, 255 }, 2), Tensor.Of("u16", new ushort[] { 0, 65535 }, 2), Tensor.Of("u32", new uint[] { 0, uint.MaxValue }, 2),
            Tensor.Of("u64", new ulong[] { 0, ulong.MaxValue }, 2), Tensor.Of("f16", [(Half)0.5, Half.MaxValue], 2), Tensor.Of("f32", [float.NaN, 0.1f], 2), Tensor.Of("f64", [double.MaxValue, -1e-300], 2),
            Tensor.Of("t", ["", "naïve \u2603 \"text\""], 2),
        ];
        var answer = await model.PredictAsync(all, TestContext.Current.CancellationToken);
        Assert.Equal(all.Length, answer.Tensors.Count);
        for (var i = 0; i < all.Length; i++)
        {
            Assert.Equal((all[i].Name, all[i].Datatype), (answer.Tensors[i].Name, answer.Tensors[i].Datatype));
            Assert.Equal(Enumerable.Range(0, 2).Select(n => all[i][n]), Enumerable.Range(0, 2).Select(n => answer.Tensors[i][n]));
        }
        Assert.Equal(binary, server.Requests.Last().Headers.ContainsKey("Inference-Header-Content-Length"));
    }

    [Theory]
    [InlineData("POST /v2/repository/index", """[{"name":"only","state":"READY"}]""", null)]
    [InlineData("GET /v2/models", """{"models":["only"]}""", null)]
    [InlineData("POST /v2/repository/index", """[{"name":"one"},{"name":"two"}]""", "one, two")]
    [InlineData("POST /v2/repository/index", "[]", "no model")]
    [InlineData("GET /nothing", "{}", "name the model")]
    public async Task The_only_model_need_not_be_named(string path, string answer, string? refused)
    {
        await using var server = await ModelServer.StartAsync(new Dictionary<string, object> { [path] = answer, ["GET /v2/models/only"] = Metadata, ["GET /v2"] = "{}" });
        if (refused is null)
        {
            await using var model = await server.ConnectAsync("oip");
            Assert.Single(model.Signature.Inputs);
        }
        else Assert.Contains(refused, (await Assert.ThrowsAsync<ModelException>(() => server.ConnectAsync("oip"))).Message);
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_named()
    {
        await using var server = await ModelServer.StartAsync(new Dictionary<string, object> { ["GET /v2/models/gone"] = Status(404, """{"error":"unknown model"}""") });
        var e = await Assert.ThrowsAsync<ModelException>(() => server.ConnectAsync("oip", "gone"));
        Assert.Contains("'gone'", e.Message);
        Assert.Contains("unknown model", e.Message);
    }

    [Theory]
    [InlineData(400, """{"error":"x has the wrong shape"}""", "x has the wrong shape", false, true)]
    [InlineData(422, """{"detail":[{"loc":["x"],"msg":"bad"}]}""", "bad", false, true)]
    [InlineData(413, "", "413", false, true)]
    [InlineData(404, """{"error":"no such model"}""", "no such model", false)]
    [InlineData(500, """{"detail":[{"loc":["x"],"msg":"bad"}]}""", "bad", false)]
    [InlineData(500, "<html>oh no</html>", "oh no", false)]
    [InlineData(500, "", "says no more", false)]
    [InlineData(500, "Traceback (most recent call last):\n  File \"/app/secret.py\", line 1, in f\n    x()\nValueError: x is bad\n", "(500): ValueError: x is bad", false)]
    [InlineData(500, """{"error":"two\u0000\u001b[31m\nlines"}""", "two  [31m lines", false)]
    [InlineData(503, """{"error":{"message":"loading"}}""", "loading", true)]
    [InlineData(502, "", "502", true)]
    [InlineData(429, """{"error":"queue full"}""", "queue full", true)]
    public async Task An_error_has_the_words_of_the_server(int status, string body, string words, bool unavailable, bool refused = false)
    {
        await using var server = await StartAsync(Status(status, body));
        await using var model = await server.ConnectAsync("oip", "m");
        var e = await Assert.ThrowsAnyAsync<ModelException>(async () => await AskAsync(model));
        Assert.Contains(words, e.Message);
        Assert.Equal((unavailable, refused), (e is ModelUnavailableException, e is ModelRefusedException));
    }

    [Fact]
    public async Task A_long_error_is_cut()
    {
        await using var server = await StartAsync(Status(500, $$"""{"error":"{{new string('x', 1_000_000)}}"}"""));
        await using var model = await server.ConnectAsync("oip", "m");
        Assert.InRange((await Assert.ThrowsAsync<ModelException>(async () => await AskAsync(model))).Message.Length, 2000, 2200);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("""{"outputs":7}""")]
    [InlineData("{}")]
    [InlineData("""{"outputs":[{"name":"y","datatype":"INT64","shape":[3],"data":[1]}]}""")]
    [InlineData("""{"outputs":[{"name":"y","datatype":"INT64","shape":[1000000000000],"data":[1]}]}""")]
    [InlineData("""{"outputs":[{"name":"y","datatype":"NONSENSE","shape":[1],"data":[1]}]}""")]
    [InlineData("""{"outputs":[{"name":"y","datatype":"INT64","shape":[1],"data":["x"]}]}""")]
    [InlineData("""{"outputs":[{"name":"y","datatype":"INT64","shape":[1],"parameters":{"binary_data_size":8}}]}""")]
    public async Task An_answer_of_another_form_is_the_models_failure(string answer)
    {
        await using var server = await StartAsync(answer);
        await using var model = await server.ConnectAsync("oip", "m");
        var e = await Assert.ThrowsAsync<ModelException>(async () => await AskAsync(model));
        Assert.Contains("not what its protocol says", e.Message);
    }

    [Fact]
    public async Task Garbage_never_is_anything_but_the_models_failure()
    {
        byte[] garbage = [];
        await using var server = await StartAsync((RequestDelegate)(c => c.Response.Body.WriteAsync(garbage).AsTask()));
        await using var model = await server.ConnectAsync("oip", "m");
        var sample = """{"outputs":[{"name":"y","datatype":"INT64","shape":[1],"data":[1]},{"name":"z","datatype":"BYTES","shape":[2],"data":["a",null]}]}"""u8.ToArray();
        await Gen.Select(Gen.Byte, Gen.Int[0, sample.Length - 1], Gen.Int[0, sample.Length]).Array[1, 4].SampleAsync(async changes =>
        {
            var body = (byte[])sample.Clone();
            foreach (var (value, at, _) in changes) body[at] = value;
            garbage = body[..changes[0].Item3];
            try
            {
                await AskAsync(model);
            }
            catch (ModelException)
            {
            }
        }, iter: 300, threads: 1);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task An_answer_larger_than_allowed_is_not_read(bool lengthIsSaid)
    {
        await using var server = await StartAsync((RequestDelegate)(async c =>
        {
            if (lengthIsSaid) c.Response.ContentLength = 100 << 20;
            for (var i = 0; i < 1600 && !c.RequestAborted.IsCancellationRequested; i++) await c.Response.Body.WriteAsync(new byte[64 << 10], c.RequestAborted);
        }));
        await using var model = await server.ConnectAsync("oip", "m", o => o.MaxAnswerBytes = 1 << 20);
        Assert.Contains("MaxAnswerBytes", (await Assert.ThrowsAsync<ModelException>(async () => await AskAsync(model))).Message);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var server = await StartAsync((RequestDelegate)(c =>
        {
            c.Response.Redirect("http://169.254.169.254/latest/");
            return Task.CompletedTask;
        }));
        await using var model = await server.ConnectAsync("oip", "m");
        Assert.Contains("169.254.169.254", (await Assert.ThrowsAsync<ModelException>(async () => await AskAsync(model))).Message);
    }

    [Fact]
    public async Task A_server_that_breaks_off_or_is_gone_is_unavailable()
    {
        var server = await StartAsync((RequestDelegate)(c =>
        {
            c.Abort();
            return Task.CompletedTask;
        }));
        await using var model = await server.ConnectAsync("oip", "m");
        await Assert.ThrowsAsync<ModelUnavailableException>(async () => await AskAsync(model));
        await server.DisposeAsync();
        var gone = await Assert.ThrowsAsync<ModelUnavailableException>(async () => await AskAsync(model));
        Assert.DoesNotContain("127.0.0.1", gone.Message);
    }

    [Fact]
    public async Task Cancelling_reaches_the_server()
    {
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var server = await StartAsync((RequestDelegate)(async c =>
        {
            c.RequestAborted.Register(() => ended.TrySetResult());
            begun.TrySetResult();
            await ended.Task;
        }));
        await using var model = await server.ConnectAsync("oip", "m");
        using var cancel = new CancellationTokenSource();
        var asking = model.PredictAsync([Tensor.Of("x", [1f, 2.5f], 1, 2)], cancel.Token).AsTask();
        await begun.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static RequestDelegate Status(int status, string body) => async c =>
    {
        c.Response.StatusCode = status;
        await c.Response.WriteAsync(body);
    };

    private static Task<ModelServer> StartAsync(object infer, string server = "{}")
        => ModelServer.StartAsync(new Dictionary<string, object> { ["GET /v2/models/m"] = Metadata, ["GET /v2"] = server, ["POST /v2/models/m/infer"] = infer });

    private static ValueTask<ModelOutput> AskAsync(ILoadedModel model) => model.PredictAsync([Tensor.Of("x", [1f, 2.5f], 1, 2)], TestContext.Current.CancellationToken);
}
