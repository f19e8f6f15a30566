using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Dowel.Protocols.Inference.Tests;

/// <summary>The Open Inference Protocol over REST, by the bytes on the wire.</summary>
public class OipRestTests
{
    private const string Json = """{"inputs":[{"name":"FP32","shape":[2],"datatype":"FP32","data":[1,2.5]}]}""";

    [Fact]
    public async Task Takes_and_answers_bytes_after_the_json_as_the_extension_says()
    {
        await using var echo = await EchoHost.StartAsync();
        var json = Encoding.UTF8.GetBytes("""
            {"id":"mine","parameters":{"binary_data_output":true,"priority":3},"inputs":[{"name":"INT32","shape":[2],"datatype":"INT32","parameters":{"binary_data_size":8}},
            {"name":"FP64","shape":[2],"datatype":"FP64","data":[0.5,null]},{"name":"BYTES","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":12}}],
            "outputs":[{"name":"BYTES"},{"name":"FP64","parameters":{"binary_data":false}},{"name":"INT32","parameters":{"binary_data":true}}]}
            """);
        byte[] tail = [1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 4, 0, 0, 0, (byte)'a', 0xC3, 0xA4, (byte)'b', 0, 0, 0, 0];
        using var response = await PostAsync(echo.Alice, [.. json, .. tail], json.Length);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.MediaType);
        var length = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single());
        var body = await response.Content.ReadAsByteArrayAsync();
        var answer = JsonDocument.Parse(body.AsMemory(0, length)).RootElement;
        Assert.Equal("mine", answer.GetProperty("id").GetString());
        var outputs = answer.GetProperty("outputs");
        Assert.Equal(["BYTES", "FP64", "INT32"], outputs.EnumerateArray().Select(o => o.GetProperty("name").GetString()!));
        Assert.Equal(12, outputs[0].GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.False(outputs[0].TryGetProperty("data", out _));
        Assert.Equal("[0.5,null]", outputs[1].GetProperty("data").GetRawText());
        Assert.Equal(8, outputs[2].GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.Equal([.. tail[8..], .. tail[..8]], body[length..]);
    }

    [Fact]
    public async Task Takes_bf16_as_fp32()
    {
        await using var echo = await EchoHost.StartAsync();
        var json = Encoding.UTF8.GetBytes("""{"inputs":[{"name":"FP32","shape":[2],"datatype":"BF16","parameters":{"binary_data_size":4}}]}""");
        using var response = await PostAsync(echo.Alice, [.. json, 0xC0, 0x3F, 0x80, 0xBF], json.Length);
        var output = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("outputs")[0];
        Assert.Equal(("FP32", "[1.5,-1]"), (output.GetProperty("datatype").GetString(), output.GetProperty("data").GetRawText()));
    }

    [Theory]
    [InlineData("""{"inputs":[{"name":"INT32","shape":[2],"datatype":"INT32","parameters":{"binary_data_size":9}}]}""", 8, "at most the 8 bytes")]
    [InlineData("""{"inputs":[{"name":"INT32","shape":[2],"datatype":"INT32","parameters":{"binary_data_size":4}}]}""", 4, "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"INT32","shape":[2],"datatype":"INT32","parameters":{"binary_data_size":-1}}]}""", 4, "inputs[0].parameters.binary_data_size")]
    [InlineData("""{"inputs":[{"name":"INT32","shape":[2],"datatype":"INT32","parameters":{"binary_data_size":"8"}}]}""", 8, "inputs[0].parameters.binary_data_size")]
    [InlineData("""{"inputs":[{"name":"INT32","shape":[2],"datatype":"INT32","data":[1,2],"parameters":{"binary_data_size":8}}]}""", 8, "not both")]
    [InlineData("""{"inputs":[{"name":"INT32","shape":[2],"datatype":"INT32","parameters":{"binary_data_size":8}}]}""", 9, "1 bytes after the JSON")]
    [InlineData("""{"inputs":[{"name":"BYTES","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":8}}]}""", 8, "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"BYTES","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":3}}]}""", 3, "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"BYTES","shape":[1000000000],"datatype":"BYTES","parameters":{"binary_data_size":8}}]}""", 8, "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"BOOL","shape":[1],"datatype":"BOOL","parameters":{"binary_data_size":1}}]}""", 1, "bytes of 0 or 1")]
    [InlineData("""{"inputs":[{"name":"INT32","shape":[2],"datatype":"INT33","parameters":{"binary_data_size":8}}]}""", 8, "inputs[0].datatype")]
    [InlineData("""{"inputs":[{"name":"INT32","shape":[2],"datatype":"INT32","parameters":{"shared_memory_region":"r"}}]}""", 0, "shares no memory")]
    [InlineData("""{"inputs":[],"outputs":[{"name":"x","parameters":{"classification":3}}]}""", 0, "outputs[0].parameters.classification")]
    [InlineData("""{"inputs":[],"outputs":[{"name":"x","parameters":{"binary_data":3}}]}""", 0, "outputs[0].parameters.binary_data")]
    public async Task Refuses_bytes_that_do_not_fit_and_names_the_field(string json, int tail, string says)
    {
        await using var echo = await EchoHost.StartAsync();
        using var response = await PostAsync(echo.Alice, [.. Encoding.UTF8.GetBytes(json), .. Enumerable.Repeat((byte)7, tail)], json.Length);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(says, await ErrorAsync(response));
    }

    [Theory, InlineData("-1"), InlineData("x"), InlineData("1000000"), InlineData("99999999999999999999999"), InlineData("")]
    public async Task Refuses_a_header_length_that_cannot_be(string length)
    {
        await using var echo = await EchoHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/echo/infer") { Content = new StringContent(Json) };
        request.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", length);
        using var response = await echo.Alice.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("Inference-Header-Content-Length", await ErrorAsync(response));
    }

    [Theory, InlineData("gzip"), InlineData("deflate"), InlineData("raw deflate"), InlineData("GZIP")]
    public async Task Unpacks_bodies(string encoding)
    {
        await using var echo = await EchoHost.StartAsync();
        using var content = new ByteArrayContent(Pack(Encoding.UTF8.GetBytes(Json), encoding));
        content.Headers.ContentEncoding.Add(encoding.Split(' ')[^1]);
        using var response = await echo.Alice.PostAsync("/v2/models/echo/infer", content);
        Assert.Equal("[1,2.5]", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("outputs")[0].GetProperty("data").GetRawText());
    }

    [Theory, InlineData("gzip"), InlineData("deflate")]
    public async Task Packs_large_answers_for_those_who_take_them(string encoding)
    {
        await using var echo = await EchoHost.StartAsync();
        foreach (var (rows, packed) in new[] { (1, false), (3000, true) })
        {
            var values = string.Join(',', Enumerable.Repeat("1.25", rows));
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/echo/infer")
            {
                Content = new StringContent($$$"""{"inputs":[{"name":"FP64","shape":[{{{rows}}}],"datatype":"FP64","data":[{{{values}}}]}],"parameters":{"binary_data_output":true}}"""),
                Headers = { { "Accept-Encoding", $"br;q=1, {encoding};q=0.5" } },
            };
            using var response = await echo.Alice.SendAsync(request);
            Assert.Equal(packed ? [encoding] : [], response.Content.Headers.ContentEncoding);
            var body = await response.Content.ReadAsByteArrayAsync();
            if (packed) body = Unpack(body, encoding);
            var length = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single());
            Assert.Equal(8 * rows, body.Length - length);
            Assert.Equal(1.25, BinaryPrimitives.ReadDoubleLittleEndian(body.AsSpan(length)));
        }
    }

    [Theory, InlineData("gzip"), InlineData("deflate")]
    public async Task A_small_body_that_unpacks_to_a_large_one_stops_at_the_limit(string encoding)
    {
        await using var echo = await EchoHost.StartAsync(new Dictionary<string, string?> { ["Dowel:MaxBodyBytes"] = "1000000" });
        using var content = new ByteArrayContent(Pack(new byte[200_000_000], encoding));
        content.Headers.ContentEncoding.Add(encoding);
        using var response = await echo.Alice.PostAsync("/v2/models/echo/infer", content);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("1000000", await ErrorAsync(response));
    }

    [Theory]
    [InlineData("gzip", 400)]
    [InlineData("deflate", 400)]
    [InlineData("br", 415)]
    [InlineData("gzip, gzip", 415)]
    public async Task Refuses_packing_that_it_does_not_know_or_that_is_broken(string encoding, int status)
    {
        await using var echo = await EchoHost.StartAsync();
        using var content = new StringContent(Json);
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        using var response = await echo.Alice.PostAsync("/v2/models/echo/infer", content);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.NotEmpty(await ErrorAsync(response));
    }

    [Fact]
    public async Task Lists_the_endpoints_that_the_caller_may_see_and_starts_and_stops_them()
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("second", "table");
        using var stranger = await echo.Host.CreateUserAsync("stranger");
        Assert.Equal("""[{"name":"echo","version":"1","state":"READY","reason":""},{"name":"second","version":"1","state":"READY","reason":""}]""", await IndexAsync(echo.Alice, null));
        Assert.Equal("[]", await IndexAsync(stranger, "{}"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await echo.Host.HttpFor(null).PostAsync("/v2/repository/index", null)).StatusCode);

        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.PostAsync("/v2/repository/models/second/unload", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await echo.Alice.PostAsync("/v2/repository/models/second/unload", new StringContent("""{"parameters":{"unload_dependents":false}}"""))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await echo.Alice.PostAsync("/v2/repository/models/second/unload", null)).StatusCode);
        Assert.Contains("""{"name":"second","version":"1","state":"UNAVAILABLE","reason":"It is stopped."}""", await IndexAsync(echo.Alice, ""));
        Assert.DoesNotContain("second", await IndexAsync(echo.Alice, """{"ready":true}"""));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await echo.Alice.GetAsync("/v2/models/second/ready")).StatusCode);

        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.PostAsync("/v2/repository/models/second/load", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await echo.Alice.PostAsync("/v2/repository/models/second/load", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await echo.Alice.GetAsync("/v2/models/second/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await echo.Alice.PostAsync("/v2/repository/models/nothing/load", null)).StatusCode);
        using var overriding = await echo.Alice.PostAsync("/v2/repository/models/second/load", new StringContent("""{"parameters":{"config":"{}"}}"""));
        Assert.Equal(HttpStatusCode.BadRequest, overriding.StatusCode);
        Assert.Contains("parameters.config", await ErrorAsync(overriding));
        Assert.Equal(HttpStatusCode.BadRequest, (await echo.Alice.PostAsync("/v2/repository/index", new StringContent("[1"))).StatusCode);
    }

    [Fact]
    public async Task What_is_no_call_is_not_found_in_the_protocols_form()
    {
        await using var echo = await EchoHost.StartAsync();
        using var response = await echo.Alice.GetAsync("/v2/models/echo/stats");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("/v2/models/echo/stats", await ErrorAsync(response));
        var server = await echo.Alice.GetFromJsonAsync<JsonElement>("/v2/");
        Assert.Contains("binary_tensor_data", server.GetProperty("extensions").EnumerateArray().Select(e => e.GetString()));
        Assert.True((await echo.Alice.GetFromJsonAsync<JsonElement>("/v2/health/live")).GetProperty("live").GetBoolean());
    }

    [Fact]
    public async Task Whatever_the_bytes_the_server_answers_or_refuses_and_never_fails()
    {
        await using var echo = await EchoHost.StartAsync();
        var start = Encoding.UTF8.GetBytes("""{"inputs":[{"name":"FP32","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":""");
        await Fuzz.RunAsync(echo.Alice, "/v2/models/echo/infer", start, (request, length) =>
        {
            if (length % 3 > 0) request.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", $"{length % 100}");
            if (length % 5 == 0) request.Content!.Headers.TryAddWithoutValidation("Content-Encoding", length % 2 == 0 ? "gzip" : "deflate");
        });
        await Fuzz.RunAsync(echo.Alice, "/v2/repository/models/echo/load", "{\"parameters\":"u8.ToArray());
        Assert.DoesNotContain(echo.Log.Records, r => r.Status >= 500);
    }

    internal static byte[] Pack(byte[] bytes, string encoding)
    {
        var packed = new MemoryStream();
        using (Stream stream = encoding switch { "deflate" => new ZLibStream(packed, CompressionLevel.Optimal, true), "raw deflate" => new DeflateStream(packed, CompressionLevel.Optimal, true), _ => new GZipStream(packed, CompressionLevel.Optimal, true) })
            stream.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] Unpack(byte[] bytes, string encoding)
    {
        using Stream stream = encoding == "gzip" ? new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress) : new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress);
        var unpacked = new MemoryStream();
        stream.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, byte[] body, int headerLength)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/echo/infer") { Content = new ByteArrayContent(body) };
        request.Headers.Add("Inference-Header-Content-Length", $"{headerLength}");
        return http.SendAsync(request);
    }

    private static async Task<string> ErrorAsync(HttpResponseMessage response) => (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString()!;

    private static async Task<string> IndexAsync(HttpClient http, string? body)
    {
        using var response = await http.PostAsync("/v2/repository/index", body is null ? null : new StringContent(body));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}

/// <summary>Sends bytes that nobody would, and looks that each is answered or refused.</summary>
internal static class Fuzz
{
    /// <param name="http">Who sends.</param>
    /// <param name="path">Where to.</param>
    /// <param name="start">How half of the bodies begin, so that the interesting places are reached.</param>
    /// <param name="vary">Changes the request by its length.</param>
    public static async Task RunAsync(HttpClient http, string path, byte[] start, Action<HttpRequestMessage, int>? vary = null)
    {
        var bodies = Gen.Select(Gen.Bool, Gen.OneOf(Gen.Byte.Array[0, 300], Pieces));
        foreach (var (begins, bytes) in Enumerable.Range(0, 400).Select(_ => bodies.Single()))
        {
            byte[] body = begins ? [.. start, .. bytes] : bytes;
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
            vary?.Invoke(request, body.Length);
            using var response = await http.SendAsync(request).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.True((int)response.StatusCode < 500, $"{path}: {(int)response.StatusCode} at {Convert.ToBase64String(body)}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", ",", ":", "\"inputs\"", "\"data\"", "\"shape\"", "\"name\"", "\"names\"", "\"datatype\"", "\"outputs\"", "\"parameters\"", "\"tensor\"", "\"ndarray\"", "\"values\"", "\"instances\"", "\"columns\"",
        "\"dataframe_split\"", "\"dataframe_records\"", "\"meta\"", "\"\\ud800\"", "null", "true", "1e999", "-1", "0", "99999999999999999999", "1.5", "\"FP32\"", "\"BYTES\"", "\"x\"",
    ];

    /// <summary>Tokens of JSON in any order.</summary>
    private static Gen<byte[]> Pieces { get; } = Gen.Int[0, Tokens.Length - 1].Array[0, 40].Select(t => Encoding.UTF8.GetBytes(string.Concat(t.Select(i => Tokens[i]))));
}
