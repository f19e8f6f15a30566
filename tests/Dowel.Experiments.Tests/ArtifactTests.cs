using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Experiments.Tests;

public sealed class ArtifactTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Files_are_stored_listed_by_folder_and_read_back(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var run = await ada.NewRunAsync();
        var big = RandomNumberGenerator.GetBytes(300_000);
        await ada.Runs.UploadArtifactAsync(run.Id, "model/weights/w 1+2 ü😀.bin", new MemoryStream(big));
        await ada.UploadAsync(run.Id, "model/MLmodel", "flavors:");
        await ada.UploadAsync(run.Id, "models.txt", "not below model");
        await ada.UploadAsync(run.Id, "Model/x", "another folder, by its case");
        await ada.UploadAsync(run.Id, "empty", "");

        Assert.Equal([("Model", true, null), ("model", true, null), ("empty", false, 0L), ("models.txt", false, 15L)],
            (await ada.Runs.ArtifactsAsync(run.Id)).Select(a => (a.Path, a.IsFolder, a.Bytes)));
        Assert.Equal(["model/weights", "model/MLmodel"], (await ada.Runs.ArtifactsAsync(run.Id, "model")).Select(a => a.Path));
        var file = Assert.Single(await ada.Runs.ArtifactsAsync(run.Id, "model/weights/"));
        Assert.Equal(("model/weights/w 1+2 ü😀.bin", Convert.ToHexStringLower(SHA256.HashData(big)), 300_000L), (file.Path, file.Hash, file.Bytes));
        Assert.Empty(await ada.Runs.ArtifactsAsync(run.Id, "nothing"));

        using var read = new MemoryStream();
        await (await ada.Runs.DownloadArtifactAsync(run.Id, file.Path)).CopyToAsync(read);
        Assert.Equal(big, read.ToArray());
        using var rest = new MemoryStream();
        await (await ada.Runs.DownloadArtifactAsync(run.Id, file.Path, from: 299_000)).CopyToAsync(rest);
        Assert.Equal(big[299_000..], rest.ToArray());
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Runs.DownloadArtifactAsync(run.Id, "model"));
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Runs.DownloadArtifactAsync(run.Id, "MODELS.txt"));
        Assert.Equal(5, (await host.AuditOfAsync(run.ExperimentId)).Count(r => r.Action == "run.artifact"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_path_is_a_file_or_a_folder_and_a_file_may_be_replaced(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var run = await ada.NewRunAsync();
        await ada.UploadAsync(run.Id, "a/b/c", "1");
        await Helpers.RefusedAsync(ErrorCodes.Conflict, () => ada.UploadAsync(run.Id, "a/b", "2"));
        await Helpers.RefusedAsync(ErrorCodes.Conflict, () => ada.UploadAsync(run.Id, "a", "2"));
        await Helpers.RefusedAsync(ErrorCodes.Conflict, () => ada.UploadAsync(run.Id, "a/b/c/d", "2"));
        await Helpers.RefusedAsync(ErrorCodes.Conflict, () => ada.UploadAsync(run.Id, "a/b/c/d/e/f", "2"));
        await ada.UploadAsync(run.Id, "a/b/cd", "2");
        await ada.UploadAsync(run.Id, "a/b/c", "new");
        Assert.Equal("new", await new StreamReader(await ada.Runs.DownloadArtifactAsync(run.Id, "a/b/c")).ReadToEndAsync());
        var replaced = (await host.AuditOfAsync(run.ExperimentId))[^1];
        Assert.Contains("\"path\":\"a/b/c\"", replaced.Before);
        Assert.Contains("\"bytes\":3", replaced.After);
    }

    // Names that sort around '/' and around the end of another name, in whatever language the database sorts.
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_folder_is_listed_by_what_is_right_in_it_whatever_the_names(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        string[] names = ["a", "A", "a b", "a-b", "a.b", "a0", "a0b", "a_b", "a~", "ab", "b", "B/c", "ä", "Ä", "ß", "ss", "日本", "😀", "\uE000", "%", "_", "!", "#", "~"];
        var random = new Random(7);
        for (var round = 0; round < 8; round++)
        {
            var run = (await ada.NewRunAsync()).Id;
            var files = new HashSet<string>(StringComparer.Ordinal);
            while (files.Count < 60)
            {
                var path = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => names[random.Next(names.Length)]));
                if (!files.Any(f => f == path || f.StartsWith(path + "/", StringComparison.Ordinal) || path.StartsWith(f + "/", StringComparison.Ordinal))) files.Add(path);
            }
            await InsertAsync(host, run, files);
            var folders = files.SelectMany(f => f.Split('/').SkipLast(1).Select((_, i) => string.Join('/', f.Split('/').Take(i + 1)))).Distinct().Append("").ToList();
            foreach (var folder in folders)
            {
                var below = folder.Length == 0 ? files : files.Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal));
                var depth = folder.Length == 0 ? 1 : folder.Split('/').Length + 1;
                var expected = below.Select(f => (Path: string.Join('/', f.Split('/').Take(depth)), IsFolder: f.Split('/').Length > depth)).Distinct()
                    .OrderBy(f => !f.IsFolder).ThenBy(f => f.Path, StringComparer.Ordinal);
                Assert.Equal(expected, (await ada.Runs.ArtifactsAsync(run, folder)).Select(a => (a.Path, a.IsFolder)));
            }
        }
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_hundred_thousand_files_are_listed_folder_by_folder(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        await InsertAsync(host, run, [.. Enumerable.Range(0, 90_000).Select(i => $"images/{i % 3}/{i:d6}.png"), .. Enumerable.Range(0, 10_000).Select(i => $"flat/{i:d5}.txt"), "notes.md"]);
        Assert.Equal(["flat", "images", "notes.md"], (await ada.Runs.ArtifactsAsync(run)).Select(a => a.Path));
        Assert.Equal(["images/0", "images/1", "images/2"], (await ada.Runs.ArtifactsAsync(run, "images")).Select(a => a.Path));
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"flat/{i:d5}.txt"), (await ada.Runs.ArtifactsAsync(run, "flat")).Select(a => a.Path));
        await Helpers.RefusedAsync(ErrorCodes.Conflict, () => ada.UploadAsync(run, "images/1", "x"));
        await ada.UploadAsync(run, "images.txt", "x");
    }

    private static Task InsertAsync(RoomHost host, string run, IReadOnlyCollection<string> paths) => host.Services.GetRequiredService<IDb>().WriteAsync<Unit>(async s =>
    {
        foreach (var part in paths.Chunk(5000))
            await s.ExecuteAsync($"INSERT INTO experiments_artifacts (owner_id, path, hash, bytes, at) VALUES {string.Join(", ", part.Select(p => $"(@run, '{p}', '{new string('0', 64)}', 1, 0)"))}", new { run });
        return Unit.Value;
    });

    [Fact]
    public async Task Two_uploads_at_once_cannot_make_a_path_both()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        for (var round = 0; round < 10; round++)
        {
            var run = (await ada.NewRunAsync()).Id;
            var done = await Task.WhenAll(new[] { "x", "x/y", "x/y/z" }.Select(async path =>
            {
                try
                {
                    await ada.UploadAsync(run, path, path);
                    return path;
                }
                catch (Dowel.Client.DowelException e) when (e.Code == ErrorCodes.Conflict.Code)
                {
                    return null;
                }
            }));
            Assert.Single(done, p => p is not null);
        }
    }

    // Sent as they stand here: encoded once, encoded twice, absolute, climbing, of other systems.
    [Theory]
    [InlineData("..%2f..%2fetc%2fpasswd"), InlineData("a%2f..%2f..%2fb"), InlineData("%2e%2e%2fb"), InlineData("%252e%252e%252fb"), InlineData("a%255cb"), InlineData("a%5c..%5cb"), InlineData("%2fetc%2fpasswd")]
    [InlineData("a//b"), InlineData("a/"), InlineData("a/%20/b"), InlineData("a%00b"), InlineData("a%0ab"), InlineData("a%7fb"), InlineData("a%2fb"), InlineData("a%E2%80%AEb")]
    public async Task Refuses_paths_that_could_mean_something_else(string path)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        foreach (var method in new[] { "PUT", "GET" })
        {
            var (status, text) = await host.RawAsync("ada", method, $"/api/v1/runs/{run}/artifacts/{path}", method == "PUT" ? "x" : "");
            // The server itself refuses some before any route sees them.
            Assert.True(status is 400 or 404, text);
        }
        Assert.Empty(await ada.Runs.ArtifactsAsync(run));
    }

    [Theory, InlineData("../../../../../../etc/passwd"), InlineData("%2e%2e/%2e%2e/x"), InlineData("a/../../b"), InlineData("./a")]
    public async Task Dot_segments_never_reach_a_file(string path)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        var (status, text) = await host.RawAsync("ada", "PUT", $"/api/v1/runs/{run}/artifacts/x/{path}", "x");
        // The server resolves them first: what is left is another route, or a plain path of the same run.
        Assert.True(status is 200 or 400 or 404 or 405, text);
        Assert.All(await ada.Runs.ArtifactsAsync(run), a => Assert.DoesNotContain("..", a.Path));
    }

    [Theory]
    [InlineData("/abs"), InlineData("a/../b"), InlineData("a//b"), InlineData("a\\b"), InlineData("%2e%2e"), InlineData("a\tb")]
    public async Task Refuses_folders_that_climb(string folder)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.ArtifactsAsync(run, folder));
    }

    [Fact]
    public async Task Paths_have_a_longest_length()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        var part = new string('p', 99);
        await ada.UploadAsync(run, string.Join('/', Enumerable.Repeat(part, 5)), "x");
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.UploadAsync(run, string.Join('/', Enumerable.Repeat(part, 5)) + "/q", "x"));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.UploadAsync(run, new string('é', 128), "x"));
    }

    [Theory, InlineData("page.html"), InlineData("image.svg"), InlineData("x.xhtml"), InlineData("x.xml"), InlineData("app.js"), InlineData("x.mjs"), InlineData("x.pdf"), InlineData("x"), InlineData("a\"b; filename=evil.html")]
    public async Task Nothing_that_was_uploaded_runs_in_the_origin(string name)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        await ada.UploadAsync(run, name, "<script>alert(1)</script>");
        var response = await host.HttpFor("ada").GetAsync($"/api/v1/runs/{run}/artifacts/{Uri.EscapeDataString(name)}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.StartsWith("sandbox", response.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public async Task Ranges_and_tags_let_a_broken_download_go_on()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        await ada.UploadAsync(run, "t.csv", "0123456789");
        var http = host.HttpFor("ada");
        async Task<(HttpStatusCode, string)> GetAsync(RangeHeaderValue? range, string? ifRange = null, string? ifNoneMatch = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{run}/artifacts/t.csv");
            request.Headers.Range = range;
            if (ifRange is not null) request.Headers.IfRange = new RangeConditionHeaderValue(ifRange);
            if (ifNoneMatch is not null) request.Headers.IfNoneMatch.ParseAdd(ifNoneMatch);
            var response = await http.SendAsync(request);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData("0123456789"u8))}\"";
        Assert.Equal((HttpStatusCode.PartialContent, "345"), await GetAsync(new RangeHeaderValue(3, 5)));
        Assert.Equal((HttpStatusCode.PartialContent, "89"), await GetAsync(new RangeHeaderValue(null, 2)));
        Assert.Equal((HttpStatusCode.PartialContent, "3456789"), await GetAsync(new RangeHeaderValue(3, null), tag));
        Assert.Equal((HttpStatusCode.OK, "0123456789"), await GetAsync(new RangeHeaderValue(3, null), "\"other\""));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await GetAsync(new RangeHeaderValue(10, null))).Item1);
        Assert.Equal(HttpStatusCode.NotModified, (await GetAsync(null, ifNoneMatch: tag)).Item1);
    }

    [Fact]
    public async Task An_upload_over_the_limit_leaves_nothing()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        // Declared, and found out on the way.
        var (status, text) = await host.RawAsync("ada", "PUT", $"/api/v1/runs/{run}/artifacts/huge", "x", "Content-Length: 10000000000\r\n");
        Assert.True(status == 413, text);
        var chunked = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/runs/{run}/artifacts/huge") { Content = new StreamContent(new MemoryStream(new byte[1_000_001])) };
        chunked.Headers.TransferEncodingChunked = true;
        await RoomHost.ProblemAsync(await host.HttpFor("ada").SendAsync(chunked), ErrorCodes.TooLarge);
        await ada.Runs.UploadArtifactAsync(run, "just right", new MemoryStream(new byte[1_000_000]));
        Assert.Equal(["just right"], (await ada.Runs.ArtifactsAsync(run)).Select(a => a.Path));
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_nothing()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        using (var socket = new System.Net.Sockets.TcpClient())
        {
            await socket.ConnectAsync(host.Address.Host, host.Address.Port);
            await socket.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"PUT /api/v1/runs/{run}/artifacts/half HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.TokenOf("ada")}\r\nContent-Length: 1000\r\n\r\nhalf of it"));
            await Task.Delay(200);
        }
        await Task.Delay(300);
        Assert.Empty(await ada.Runs.ArtifactsAsync(run));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(host.DataDir, "objects", "incoming")));
    }
}
