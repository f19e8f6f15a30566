using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Dowel.Protocols.Mlflow.Tests.Tracking;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Artifacts;

public sealed class MultipartTests(ArtifactHosts hosts) : IClassFixture<ArtifactHosts>
{
    private const string Mpu = "/api/2.0/mlflow-artifacts/mpu/";

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_file_is_put_in_parts_as_the_client_does_it(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var (_, root) = await host.NewRootAsync();
        var content = RandomNumberGenerator.GetBytes(700_000);
        var (id, urls) = await CreateAsync(host, $"{root}/big2", "/tmp/mlwalk/big.bin", 3);
        var tags = await Task.WhenAll(urls.Select((url, i) => PutAsync(url, content[(i * 300_000)..Math.Min((i + 1) * 300_000, content.Length)])));
        var complete = Complete("/tmp/mlwalk/big.bin", id, tags);
        for (var i = 0; i < 2; i++) Assert.Equal("{}", (await host.SendAsync("ada", "POST", $"complete/{root}/big2", complete, prefix: Mpu)).Text);
        using var http = host.HttpFor("ada");
        Assert.Equal(content, await http.GetByteArrayAsync($"{ArtifactWire.Proxy}{root}/big2/big.bin"));
        Assert.Equal(["big.bin:700000"], await host.ListAsync($"{root}/big2"));
        // Complete is complete: no part goes in any more, and nothing is given up.
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(urls[0], [1]));
        Assert.Equal("{}", (await host.SendAsync("ada", "POST", $"abort/{root}/big2", $$"""{"path": "big.bin", "upload_id": "{{id}}"}""", prefix: Mpu)).Text);
        Assert.Equal(["big.bin:700000"], await host.ListAsync($"{root}/big2"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Parts_are_checked_before_they_are_joined(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var (_, root) = await host.NewRootAsync();
        var (id, urls) = await CreateAsync(host, root, @"C:\data\f.bin", 2);
        Task<Answer> CompleteAsync(string body, string? folder = null) => host.SendAsync("ada", "POST", $"complete/{folder ?? root}", body, prefix: Mpu);
        var first = await PutAsync(urls[0], [1, 1]);
        (await CompleteAsync(Complete("f.bin", id, [first]))).Refused(400, "INVALID_PARAMETER_VALUE");
        var second = await PutAsync(urls[1], [2]);
        // A part that is put again counts.
        first = await PutAsync(urls[0], [1]);
        (await CompleteAsync(Complete("f.bin", id, [first, first]))).Refused(400, "INVALID_PARAMETER_VALUE");
        (await CompleteAsync(Complete("f.bin", id, [second, first]))).Refused(400, "INVALID_PARAMETER_VALUE");
        (await CompleteAsync(Complete("f.bin", id, [first]))).Refused(400, "INVALID_PARAMETER_VALUE");
        (await CompleteAsync(Complete("f.bin", id, [first, second, first]))).Refused(400, "INVALID_PARAMETER_VALUE");
        (await CompleteAsync($$"""{"path": "f.bin", "upload_id": "{{id}}", "parts": [{"part_number": 1, "etag": "{{first}}"}, {"part_number": 1, "etag": "{{first}}"}]}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await CompleteAsync($$"""{"path": "f.bin", "upload_id": "{{id}}"}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await CompleteAsync(Complete("other.bin", id, [first, second]))).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await CompleteAsync(Complete("f.bin", "nope", [first, second]))).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await CompleteAsync(Complete("f.bin", id, [first, second]), (await host.NewRootAsync()).Root)).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.Empty(await host.ListAsync(root));
        (await CompleteAsync(Complete("f.bin", id, [$"\"{first}\"".Replace("\"", "\\\""), second]))).Ok();
        Assert.Equal(["f.bin:2"], await host.ListAsync(root));

        foreach (var (folder, body) in new[] { (root, """{"num_parts": 1}"""), (root, """{"path": "a", "num_parts": 0}"""), (root, """{"path": "a", "num_parts": 10001}"""), (root, """{"path": "..", "num_parts": 1}"""), (root, """{"path": "a/", "num_parts": 1}"""), ($"{root}/f.bin", """{"path": "a", "num_parts": 1}"""), ("..%2f..%2fx", """{"path": "a", "num_parts": 1}""") })
            (await host.SendAsync("ada", "POST", $"create/{folder}", body, prefix: Mpu)).Refused(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_address_of_a_part_is_good_for_that_part_alone(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var (_, root) = await host.NewRootAsync();
        var (id, urls) = await CreateAsync(host, root, "f.bin", 2);
        foreach (var forged in new[] { urls[0].Replace("parts/" + id + "/1", "parts/" + id + "/2"), urls[0].Replace("expires=", "expires=9"), urls[0][..^1] + (urls[0][^1] == '0' ? '1' : '0'), urls[0].Split('?')[0], urls[0].Replace(id, new string('0', 32)) })
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(forged, [1]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusAsync(urls[0], new byte[ArtifactHosts.MostBytes + 1]));
        await PutAsync(urls[0], new byte[ArtifactHosts.MostBytes / 2 + 1]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusAsync(urls[1], new byte[ArtifactHosts.MostBytes / 2 + 1]));
        var (status, text) = await host.RawAsync(null, "PUT", new Uri(urls[1]).PathAndQuery, "x", "Content-Length: 10000000000\r\n");
        Assert.True(status == 413, text);

        Assert.Equal("{}", (await host.SendAsync("ada", "POST", $"abort/{root}", $$"""{"path": "f.bin", "upload_id": "{{id}}"}""", prefix: Mpu)).Text);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(urls[1], [1]));
        (await host.SendAsync("ada", "POST", $"complete/{root}", Complete("f.bin", id, ["x"]), prefix: Mpu)).Refused(404, "RESOURCE_DOES_NOT_EXIST");
    }

    private static async Task<(string Id, IReadOnlyList<string> Urls)> CreateAsync(RoomHost host, string folder, string path, int parts)
    {
        var json = (await host.SendAsync("ada", "POST", $"create/{folder}", JsonSerializer.Serialize(new { path, num_parts = parts }), prefix: Mpu)).Ok();
        var credentials = json.GetProperty("credentials").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(1, parts), credentials.Select(c => c.GetProperty("part_number").GetInt32()));
        return (json.GetProperty("upload_id").GetString()!, [.. credentials.Select(c => c.GetProperty("url").GetString()!)]);
    }

    // As the client does it: without any credentials.
    private static async Task<string> PutAsync(string url, byte[] content)
    {
        using var http = new HttpClient();
        var response = await http.PutAsync(url, new ByteArrayContent(content));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response.Headers.ETag!.Tag.Trim('"');
    }

    private static async Task<HttpStatusCode> StatusAsync(string url, byte[] content)
    {
        using var http = new HttpClient();
        return (await http.PutAsync(url, new ByteArrayContent(content))).StatusCode;
    }

    private static string Complete(string path, string id, IReadOnlyList<string> tags)
        => $$"""{"path": "{{path.Replace(@"\", @"\\")}}", "upload_id": "{{id}}", "parts": [{{string.Join(", ", tags.Select((t, i) => $$"""{"part_number": {{i + 1}}, "etag": "{{t}}", "url": "http://x"}"""))}}]}""";
}
