using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Dowel.Protocols.Mlflow.Tests.Tracking;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Artifacts;

public sealed class ProxyTests(ArtifactHosts hosts) : IClassFixture<ArtifactHosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Files_are_put_listed_read_and_deleted_as_the_client_does_it(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var (run, root) = await host.NewRootAsync();
        Assert.Equal("{}", (await host.PutFileAsync($"{root}/dir/hello.txt", "hello ✓")).Text);
        foreach (var path in new[] { "d.json", "dir/sub/a.bin", "page.html", "uni/%C3%BC%20%E5%AE%9F.txt", "pct/50%25.txt", "dir/name+%20&=.txt" }) (await host.PutFileAsync($"{root}/{path}", path)).Ok();
        // The client sends an empty file in chunks.
        using (var http = host.HttpFor("ada"))
        {
            var request = new HttpRequestMessage(HttpMethod.Put, $"{ArtifactWire.Proxy}{root}/empty.txt") { Content = new StreamContent(Stream.Null) };
            request.Headers.TransferEncodingChunked = true;
            Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(request)).StatusCode);
        }

        Assert.Equal(["d.json:6", "dir/", "empty.txt:", "page.html:9", "pct/", "uni/"], await host.ListAsync(root));
        Assert.Equal(["hello.txt:9", "name+ &=.txt:18", "sub/"], await host.ListAsync($"{root}/dir"));
        Assert.Equal(["ü 実.txt:26"], await host.ListAsync($"{root}/uni/"));
        Assert.Equal(["50%.txt:13"], await host.ListAsync($"{root}/pct"));
        Assert.Equal("hello ✓", await host.ReadFileAsync($"{root}/dir/hello.txt"));
        Assert.Equal("pct/50%25.txt", await host.ReadFileAsync($"{root}/pct/50%25.txt"));
        Assert.Equal("uni/%C3%BC%20%E5%AE%9F.txt", await host.ReadFileAsync($"{root}/uni/%C3%BC%20%E5%AE%9F.txt"));
        Assert.Equal("", await host.ReadFileAsync($"{root}/empty.txt"));
        // A file or nothing at all lists as nothing.
        Assert.Empty(await host.ListAsync($"{root}/d.json"));
        Assert.Empty(await host.ListAsync($"{root}/never"));
        Assert.Equal("artifact", (await host.SendAsync("ada", "GET", $"{root}/never.txt", prefix: ArtifactWire.Proxy)).Refused(404, "RESOURCE_DOES_NOT_EXIST").Split(' ')[3]);

        (await host.PutFileAsync($"{root}/d.json", "new")).Ok();
        Assert.Equal("new", await host.ReadFileAsync($"{root}/d.json"));
        (await host.PutFileAsync($"{root}/dir", "x")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.PutFileAsync($"{root}/d.json/x", "x")).Refused(400, "INVALID_PARAMETER_VALUE");

        for (var i = 0; i < 2; i++) Assert.Equal("{}", (await host.SendAsync("ada", "DELETE", $"{root}/dir/sub", prefix: ArtifactWire.Proxy)).Text);
        Assert.Equal("{}", (await host.SendAsync("ada", "DELETE", $"{root}/d.json", prefix: ArtifactWire.Proxy)).Text);
        Assert.Equal(["dir/", "empty.txt:", "page.html:9", "pct/", "uni/"], await host.ListAsync(root));
        Assert.Equal(["hello.txt:9", "name+ &=.txt:18"], await host.ListAsync($"{root}/dir"));

        var listed = (await host.GetAsync($"artifacts/list?run_id={run}&path=dir")).Ok();
        Assert.Equal($"mlflow-artifacts:/{root}", listed.GetProperty("root_uri").GetString());
        Assert.Equal(["dir/hello.txt", "dir/name+ &=.txt"], listed.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("path").GetString()));
        Assert.Equal("hello ✓", await host.ReadFileAsync($"/get-artifact?run_id={run}&path=dir/hello.txt"));
        Assert.Equal("hello ✓", await host.ReadFileAsync($"/ajax-api/2.0/mlflow/get-artifact?run_uuid={run}&path=dir/hello.txt"));
        (await host.SendAsync("ada", "GET", $"get-artifact?run_id={run}&path=nope", prefix: "/")).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await host.SendAsync("ada", "GET", $"get-artifact?run_id={run}", prefix: "/")).Refused(400, "INVALID_PARAMETER_VALUE");
        Assert.Equal("{}", (await host.SendAsync("ada", "DELETE", $"{root}/", prefix: ArtifactWire.Proxy)).Text);
        Assert.Empty(await host.ListAsync(root));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Images_keep_the_names_that_the_client_gives_them(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var (_, root) = await host.NewRootAsync();
        const string name = "images/dogs%step%3%timestamp%1700000000000%i3932895-a8e7-4cf9-b428-59759992fb91%compressed.webp";
        (await host.PutFileAsync($"{root}/{name.Replace("%", "%25")}", "new client")).Ok();
        Assert.Equal("new client", await host.ReadFileAsync($"{root}/{name.Replace("%", "%25")}"));
        // Clients before 2.22 do not encode it: what looks like an escape reaches the server decoded.
        var (status, text) = await host.RawAsync("ada", "PUT", $"{ArtifactWire.Proxy}{root}/{name}", "old client");
        Assert.True(status == 200, text);
        Assert.Equal([name["images/".Length..] + ":10"], await host.ListAsync($"{root}/images"));
        Assert.Equal("old client", await host.ReadFileAsync($"{root}/{name.Replace("%", "%25")}"));
    }

    [Fact]
    public async Task Downloads_honour_ranges_and_tags_and_run_nowhere()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var (_, root) = await host.NewRootAsync();
        (await host.PutFileAsync($"{root}/page.html", "0123456789")).Ok();
        using var http = host.HttpFor("ada");
        async Task<HttpResponseMessage> GetAsync(HttpMethod method, Action<HttpRequestHeaders>? set = null)
        {
            var request = new HttpRequestMessage(method, $"{ArtifactWire.Proxy}{root}/page.html");
            set?.Invoke(request.Headers);
            return await http.SendAsync(request);
        }
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData("0123456789"u8))}\"";
        var whole = await GetAsync(HttpMethod.Get);
        Assert.Equal((tag, "application/octet-stream", "attachment"), (whole.Headers.ETag!.Tag, whole.Content.Headers.ContentType!.MediaType, whole.Content.Headers.ContentDisposition!.DispositionType));
        Assert.StartsWith("sandbox", whole.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", whole.Headers.GetValues("X-Content-Type-Options").Single());
        var head = await GetAsync(HttpMethod.Head);
        Assert.Equal((HttpStatusCode.OK, 10L, 0), (head.StatusCode, head.Content.Headers.ContentLength, (await head.Content.ReadAsByteArrayAsync()).Length));
        var part = await GetAsync(HttpMethod.Get, h => h.Range = new RangeHeaderValue(3, 5));
        Assert.Equal((HttpStatusCode.PartialContent, "345"), (part.StatusCode, await part.Content.ReadAsStringAsync()));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await GetAsync(HttpMethod.Get, h => h.Range = new RangeHeaderValue(10, null))).StatusCode);
        Assert.Equal(HttpStatusCode.NotModified, (await GetAsync(HttpMethod.Get, h => h.IfNoneMatch.ParseAdd(tag))).StatusCode);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task An_experiment_may_have_a_location_of_its_own_and_no_other(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var name = $"custom-{Guid.NewGuid():n}";
        async Task<Answer> MakeAsync(string location, string user = "ada") => await host.PostAsync("experiments/create", $$"""{"name": "e-{{Guid.NewGuid():n}}", "artifact_location": "{{location}}"}""", user);
        var experiment = (await MakeAsync($"mlflow-artifacts:/{name}/artifacts")).Ok().GetProperty("experiment_id").GetString()!;
        var run = await host.NewRunAsync(experiment);
        var uri = (await host.GetAsync($"runs/get?run_id={run}")).Ok().GetProperty("run").GetProperty("info").GetProperty("artifact_uri").GetString()!;
        Assert.Equal($"mlflow-artifacts:/{name}/artifacts/{run}/artifacts", uri);
        (await host.PutFileAsync($"{name}/artifacts/{run}/artifacts/artifacts/a.txt", "x")).Ok();
        Assert.Equal(["a.txt:1"], await host.ListAsync($"{name}/artifacts/{run}/artifacts/artifacts"));
        // The run is nowhere else, and an experiment's id alone is no place.
        foreach (var wrong in new[] { $"{experiment}/{run}/artifacts/a.txt", $"{name}/{run}/artifacts/a.txt", $"other/artifacts/{run}/artifacts/a.txt", $"{run}/artifacts/a", name, $"{name}/a.txt", $"{experiment}/a.txt", "registry/x", "" })
            (await host.PutFileAsync(wrong, "x")).Refused(400, "INVALID_PARAMETER_VALUE");

        foreach (var taken in new[] { $"mlflow-artifacts:/{name}", $"mlflow-artifacts:/{name}/artifacts/below", $"mlflow-artifacts:/{experiment}", $"mlflow-artifacts:/{experiment}/x", "mlflow-artifacts:/registry", "mlflow-artifacts:/registry/x", "mlflow-artifacts:/a/../b", "mlflow-artifacts:/" })
            (await MakeAsync(taken)).Refused(400, "INVALID_PARAMETER_VALUE");
        (await MakeAsync($"mlflow-artifacts:/{name}/artifacts", "bob")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await MakeAsync($"mlflow-artifacts://elsewhere:5000/{name}/artifacts", "bob")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await MakeAsync($"mlflow-artifacts:/{name}/artifacts")).Ok();
        (await MakeAsync("s3://bucket/folder", "bob")).Ok();
    }

    // Sent as they stand here: raw, encoded once, encoded twice, absolute, of other systems, with look-alikes.
    [Theory]
    [InlineData("../../../../../../etc/passwd"), InlineData("..%2f..%2fevil"), InlineData("%2e%2e/%2e%2e/x"), InlineData("%252e%252e%252fx"), InlineData("%25252e%25252e/x"), InlineData("a/../b"), InlineData("./a"), InlineData("a/%2e/b")]
    [InlineData("/etc/passwd"), InlineData("%2fetc%2fpasswd"), InlineData("C:%5cx"), InlineData("a%5c..%5cb"), InlineData("a%255cb"), InlineData("a//b"), InlineData("a%00b"), InlineData("a%2500b"), InlineData("%EF%BC%8E%EF%BC%8E/x"), InlineData("%E2%80%A5/x"), InlineData("..%EF%BC%8Fx"), InlineData("%25c0%25ae%25c0%25ae/x")]
    public async Task Paths_that_climb_reach_nothing(string path)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var (_, root) = await host.NewRootAsync();
        foreach (var method in new[] { "PUT", "GET", "DELETE" })
        {
            var (status, text) = await host.RawAsync("ada", method, $"{ArtifactWire.Proxy}{root}/x/{path}", method == "PUT" ? "evil" : "");
            // The server resolves plain dots before any route sees them: what is left is another place, or a plain path of the same run.
            Assert.True(status is 200 or 400 or 404 or 405, text);
            if (method == "GET") Assert.NotEqual(200, status);
            if (method == "PUT" && status == 200) (await host.SendAsync("ada", "DELETE", $"{root}/", prefix: ArtifactWire.Proxy)).Ok();
        }
        foreach (var way in new[] { path, Uri.UnescapeDataString(path) })
        {
            if (Uri.UnescapeDataString(way).Contains('\0')) continue;
            var listed = await host.SendAsync("ada", "GET", $"artifacts?path={Uri.EscapeDataString($"{root}/x/{way}")}", prefix: "/api/2.0/mlflow-artifacts/");
            Assert.True(listed.Status == 400 || listed.Text == "{}", listed.Text);
        }
        Assert.DoesNotContain(Directory.EnumerateFiles(host.DataDir, "*", SearchOption.AllDirectories), f => Path.GetFileName(f) is "passwd" or "evil" or "x");
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Nobody_reaches_files_of_another_project(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var (run, root) = await host.NewRootAsync();
        (await host.PutFileAsync($"{root}/a.txt", "secret")).Ok();
        foreach (var (method, path, body) in new[]
        {
            ("GET", $"-artifacts/artifacts/{root}/a.txt", null), ("PUT", $"-artifacts/artifacts/{root}/a.txt", "x"), ("DELETE", $"-artifacts/artifacts/{root}/a.txt", null), ("GET", $"-artifacts/artifacts?path={root}", null),
            ("POST", $"-artifacts/mpu/create/{root}", """{"path": "a", "num_parts": 1}"""), ("POST", $"-artifacts/mpu/complete/{root}", """{"path": "a", "upload_id": "x", "parts": [{"part_number": 1, "etag": "x"}]}"""),
            ("POST", $"-artifacts/mpu/abort/{root}", """{"path": "a", "upload_id": "x"}"""), ("GET", $"/artifacts/list?run_id={run}", null), ("GET", $"/get-artifact?run_id={run}&path=a.txt", null),
        })
        {
            (await host.SendAsync("bob", method, path, body, prefix: "/api/2.0/mlflow")).Refused(403, "PERMISSION_DENIED");
            (await host.SendAsync(null, method, path, body, prefix: "/api/2.0/mlflow")).Refused(401, "UNAUTHENTICATED");
            // Somebody else's run id under one's own experiment is no way in.
            if (path.StartsWith("-artifacts/artifacts/", StringComparison.Ordinal))
                Assert.NotEqual(200, (await host.SendAsync("bob", method, path.Replace(root, $"{await OwnExperimentAsync(host)}/{run}/artifacts"), body, prefix: "/api/2.0/mlflow")).Status);
        }
        // A viewer reads metadata, but uses no files and changes nothing.
        (await host.PutFileAsync($"{root}/a.txt", "x", "vera")).Refused(403, "PERMISSION_DENIED");
        (await host.SendAsync("vera", "DELETE", $"{root}/a.txt", prefix: ArtifactWire.Proxy)).Refused(403, "PERMISSION_DENIED");
        Assert.Equal("secret", await host.ReadFileAsync($"{root}/a.txt"));
        (await host.PutFileAsync($"{root.Replace(run, new string('0', 32))}/a.txt", "x")).Refused(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_at_once_and_leaves_nothing()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var (_, root) = await host.NewRootAsync();
        var (status, text) = await host.RawAsync("ada", "PUT", $"{ArtifactWire.Proxy}{root}/huge", "x", "Content-Length: 10000000000\r\n");
        Assert.True(status == 413, text);
        Assert.Contains("\"error_code\":\"INVALID_PARAMETER_VALUE\"", text);
        (status, text) = await host.RawAsync("ada", "POST", "/api/2.0/mlflow/runs/log-inputs", "{", "Content-Type: application/json\r\nContent-Length: 10000000000\r\n");
        Assert.True(status == 413, text);
        using var http = host.HttpFor("ada");
        var chunked = new HttpRequestMessage(HttpMethod.Put, $"{ArtifactWire.Proxy}{root}/huge") { Content = new StreamContent(new MemoryStream(new byte[ArtifactHosts.MostBytes + 1])) };
        chunked.Headers.TransferEncodingChunked = true;
        (await ArtifactWire.AnswerAsync(await http.SendAsync(chunked))).Refused(413, "INVALID_PARAMETER_VALUE");
        (await host.PutFileAsync($"{root}/just right", new byte[ArtifactHosts.MostBytes])).Ok();
        Assert.Equal([$"just right:{ArtifactHosts.MostBytes}"], await host.ListAsync(root));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(host.DataDir, "objects", "incoming")));
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_nothing_and_the_same_content_is_kept_once()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var (_, root) = await host.NewRootAsync();
        using (var socket = new System.Net.Sockets.TcpClient())
        {
            await socket.ConnectAsync(host.Address.Host, host.Address.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"PUT {ArtifactWire.Proxy}{root}/half HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.TokenOf("ada")}\r\nContent-Length: 1000\r\n\r\nhalf of it"));
            await Task.Delay(200);
        }
        await Task.Delay(300);
        Assert.Empty(await host.ListAsync(root));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(host.DataDir, "objects", "incoming")));

        var content = RandomNumberGenerator.GetBytes(100_000);
        foreach (var path in new[] { "a", "b/c" }) (await host.PutFileAsync($"{root}/{path}", content)).Ok();
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(host.DataDir, "objects"), hash, SearchOption.AllDirectories));
    }

    private static async Task<string> OwnExperimentAsync(RoomHost host)
        => (await host.PostAsync("experiments/create", $$"""{"name": "b-{{Guid.NewGuid():n}}"}""", "bob")).Ok().GetProperty("experiment_id").GetString()!;
}
