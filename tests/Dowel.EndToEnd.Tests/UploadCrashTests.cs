using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;

namespace Dowel.EndToEnd.Tests;

/// <summary>Kills the server in the middle of uploads of artifacts, whole and in parts. What was acknowledged is there; what was not is there whole or not at all, and can be sent again.</summary>
public sealed class UploadCrashTests : IAsyncDisposable
{
    private const int Megabyte = 1 << 20;
    private readonly ServerProcess _server = new();
    private readonly HttpClient _http;

    public UploadCrashTests() => _http = new HttpClient { BaseAddress = _server.Address };

    [Fact]
    public async Task An_upload_that_was_cut_off_leaves_nothing_and_what_was_there_before_stays()
    {
        var run = await BeginAsync();
        var (kept, old, full) = (Bytes(1, 3 * Megabyte), Bytes(2, Megabyte), Bytes(3, 16 * Megabyte));
        await PutAsync($"{run}/kept.bin", new ByteArrayContent(kept));
        await PutAsync($"{run}/model/replaced.bin", new ByteArrayContent(old));

        // One upload of a new file and one over a file that is there, both with half of their content on the server's disk.
        var uploads = new[] { $"{run}/model/new.bin", $"{run}/model/replaced.bin" }.Select(path => (Path: path, Content: new StuckContent(full, full.Length / 2))).ToList();
        var sent = uploads.Select(u => _http.PutAsync(u.Path, u.Content)).ToList();
        await UntilAsync(() => Incoming().Count(f => f.Length >= 4 * Megabyte) == 2);
        await _server.KillAsync();
        foreach (var (_, content) in uploads) content.Release();
        foreach (var upload in sent) await Assert.ThrowsAsync<HttpRequestException>(() => upload);
        Assert.Equal(2, Incoming().Count);

        await StartAsync();
        Assert.Empty(Incoming());
        await EveryObjectIsWholeAsync();
        Assert.Equal(["kept.bin", "model"], await ListAsync(run, ""));
        Assert.Equal(["replaced.bin"], await ListAsync(run, "model"));
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync($"{run}/model/new.bin")).StatusCode);
        Assert.Equal(kept, await _http.GetByteArrayAsync($"{run}/kept.bin"));
        Assert.Equal(old, await _http.GetByteArrayAsync($"{run}/model/replaced.bin"));

        foreach (var (path, _) in uploads)
        {
            await PutAsync(path, new ByteArrayContent(full));
            Assert.Equal(full, await _http.GetByteArrayAsync(path));
        }
    }

    [Fact]
    public async Task An_upload_in_parts_goes_on_with_the_parts_that_were_acknowledged()
    {
        var run = await BeginAsync();
        var parts = Enumerable.Range(0, 3).Select(i => Bytes(10 + i, 8 * Megabyte)).ToList();
        var whole = parts.SelectMany(p => p).ToArray();
        var call = new Uri($"{run.Replace("/artifacts/", "/mpu/create/", StringComparison.Ordinal)}/model", UriKind.Relative);
        var created = await PostAsync(call, new { path = "/home/me/weights.bin", num_parts = 3 });
        var upload = created.GetProperty("upload_id").GetString();
        var urls = created.GetProperty("credentials").EnumerateArray().Select(c => c.GetProperty("url").GetString()!).ToList();

        var first = await PutAsync(urls[0], new ByteArrayContent(parts[0]));
        var stuck = new StuckContent(parts[1], parts[1].Length / 2);
        var second = _http.PutAsync(urls[1], stuck);
        await UntilAsync(() => Incoming().Any(f => f.Length >= 2 * Megabyte));
        await _server.KillAsync();
        stuck.Release();
        await Assert.ThrowsAsync<HttpRequestException>(() => second);

        await StartAsync();
        Assert.Empty(Incoming());
        await EveryObjectIsWholeAsync();
        Assert.Empty(await ListAsync(run, ""));
        // The part that was cut off does not count; the client's addresses are good still.
        var complete = new Uri(call.ToString().Replace("/create/", "/complete/", StringComparison.Ordinal), UriKind.Relative);
        object Completion(params string[] etags) => new { path = "/home/me/weights.bin", upload_id = upload, parts = etags.Select((etag, i) => new { part_number = i + 1, etag }) };
        Assert.Equal(HttpStatusCode.BadRequest, (await _http.PostAsJsonAsync(complete, Completion(first))).StatusCode);
        string[] all = [first, await PutAsync(urls[1], new ByteArrayContent(parts[1])), await PutAsync(urls[2], new ByteArrayContent(parts[2]))];

        // Killed while the parts are joined: the file is there whole or not at all.
        var joining = _http.PostAsJsonAsync(complete, Completion(all));
        await UntilAsync(() => Incoming().Count > 0 || joining.IsCompleted);
        await _server.KillAsync();
        var answered = await Record.ExceptionAsync(() => joining) is null;
        await StartAsync();
        Assert.Empty(Incoming());
        await EveryObjectIsWholeAsync();
        var there = await ListAsync(run, "");
        Assert.True(there is ["model"] || (there.Count == 0 && !answered), string.Join(", ", there));
        if (there.Count > 0) Assert.Equal(whole, await _http.GetByteArrayAsync($"{run}/model/weights.bin"));
        await PostAsync(complete, Completion(all));
        Assert.Equal(whole, await _http.GetByteArrayAsync($"{run}/model/weights.bin"));
    }

    [Fact]
    public async Task Of_a_storm_of_uploads_every_acknowledged_file_is_there_and_no_half_one()
    {
        const int kills = 4;
        var random = new Random(41);
        var run = await BeginAsync();
        var (acknowledged, unanswered) = (new Dictionary<string, byte[]>(), new Dictionary<string, byte[]>());
        var next = 0;
        for (var kill = 1; kill <= kills; kill++)
        {
            using var stop = new CancellationTokenSource();
            var storm = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
            {
                while (!stop.IsCancellationRequested)
                {
                    var number = Interlocked.Increment(ref next);
                    var (path, content) = ($"{run}/{number % 7}/file-{number}.bin", Bytes(1000 + number, Megabyte + (number * 997)));
                    try
                    {
                        await PutAsync(path, new ByteArrayContent(content));
                        lock (acknowledged) acknowledged[path] = content;
                    }
                    catch (HttpRequestException)
                    {
                        lock (acknowledged) unanswered[path] = content;
                        return;
                    }
                }
            }));
            await Task.Delay(random.Next(200, 1500));
            await _server.KillAsync();
            await stop.CancelAsync();
            await storm;
            await StartAsync();
            Assert.Empty(Incoming());
        }

        await EveryObjectIsWholeAsync();
        foreach (var (path, content) in acknowledged) Assert.True((await _http.GetByteArrayAsync(path)).AsSpan().SequenceEqual(content), path);
        foreach (var (path, content) in unanswered)
        {
            using var answer = await _http.GetAsync(path);
            if (answer.StatusCode != HttpStatusCode.NotFound) Assert.True((await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(content), path);
            await PutAsync(path, new ByteArrayContent(content));
            Assert.True((await _http.GetByteArrayAsync(path)).AsSpan().SequenceEqual(content), path);
        }
        Assert.True(acknowledged.Count >= kills, $"only {acknowledged.Count} uploads were acknowledged");
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _server.DisposeAsync();
    }

    private Task StartAsync() => _server.StartAsync("--Dowel:SingleUser=true");

    /// <summary>Starts the server; the address of a new run's artifacts.</summary>
    private async Task<string> BeginAsync()
    {
        await StartAsync();
        var experiment = (await PostAsync(new Uri("/api/2.0/mlflow/experiments/create", UriKind.Relative), new { name = "uploads" })).GetProperty("experiment_id").GetString();
        var uri = (await PostAsync(new Uri("/api/2.0/mlflow/runs/create", UriKind.Relative), new { experiment_id = experiment })).GetProperty("run").GetProperty("info").GetProperty("artifact_uri").GetString()!;
        return uri.Replace("mlflow-artifacts:/", "/api/2.0/mlflow-artifacts/artifacts/", StringComparison.Ordinal);
    }

    private async Task<JsonElement> PostAsync(Uri call, object body)
    {
        using var response = await _http.PostAsJsonAsync(call, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{call}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Uploads; the ETag of the answer, or empty.</summary>
    private async Task<string> PutAsync(string path, HttpContent content)
    {
        using var response = await _http.PutAsync(path, content);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode}");
        return response.Headers.ETag?.Tag ?? "";
    }

    private async Task<IReadOnlyList<string>> ListAsync(string run, string folder)
    {
        var path = $"{run["/api/2.0/mlflow-artifacts/artifacts/".Length..]}/{folder}".TrimEnd('/');
        var answer = await _http.GetFromJsonAsync<JsonElement>($"/api/2.0/mlflow-artifacts/artifacts?path={path}");
        return answer.TryGetProperty("files", out var files) ? [.. files.EnumerateArray().Select(f => f.GetProperty("path").GetString()!).Order(StringComparer.Ordinal)] : [];
    }

    private string Objects => Path.Combine(_server.DataDir, "objects");

    private List<FileInfo> Incoming() => [.. new DirectoryInfo(Path.Combine(Objects, "incoming")).EnumerateFiles()];

    private async Task EveryObjectIsWholeAsync()
    {
        foreach (var file in Directory.EnumerateFiles(Objects, "*", SearchOption.AllDirectories))
        {
            await using var stream = File.OpenRead(file);
            Assert.Equal(Path.GetFileName(file), Convert.ToHexStringLower(await SHA256.HashDataAsync(stream)));
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 3000 && !condition(); i++) await Task.Delay(10);
        Assert.True(condition(), "the upload did not reach the server's disk");
    }

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Content of which only the beginning is sent until it is released.</summary>
    private sealed class StuckContent(byte[] content, int begin) : HttpContent
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _released.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(content.AsMemory(0, begin));
            await stream.FlushAsync();
            await _released.Task;
            await stream.WriteAsync(content.AsMemory(begin));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = content.Length;
            return true;
        }
    }
}
