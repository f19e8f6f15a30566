using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Catalog.Tests;

public sealed class UploadTests
{
    public static TheoryData<string, string, byte[]> Broken => new()
    {
        { "nothing at all", "format=csv", [] },
        { "nothing at all, as Parquet", "format=parquet", [] },
        { "nothing at all, as JSON lines", "format=jsonl", [] },
        { "a ragged line", "format=csv", "a,b\n1,2\n3\n"u8.ToArray() },
        { "a line with too many fields", "format=csv", "a,b\n1,2,3\n"u8.ToArray() },
        { "NUL bytes", "format=csv", "a,b\n1,\0\n"u8.ToArray() },
        { "the start of a program", "format=csv", [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 10, 0, 0] },
        { "Latin-1", "format=csv", [(byte)'a', 10, 0xE9, 0xE8, 10] },
        { "a quote that never ends", "format=csv", "a,b\n\"1,2\n3,4\n"u8.ToArray() },
        { "one huge line", "format=csv", [.. "a\n"u8, .. Enumerable.Repeat((byte)'x', 9 * 1024 * 1024)] },
        { "a column twice", "format=csv", "a,b,a\n1,2,3\n"u8.ToArray() },
        { "a column twice but for its case", "format=csv", "a,A\n1,2\n"u8.ToArray() },
        { "CSV that claims to be Parquet", "format=parquet", "a,b\n1,2\n"u8.ToArray() },
        { "CSV that claims to be JSON lines", "format=jsonl", "a,b\n1,2\n"u8.ToArray() },
        { "Parquet's mark around rubbish", "format=parquet", [.. "PAR1"u8, .. new byte[64], .. "PAR1"u8] },
        { "JSON that is no object", "format=jsonl", "[1, 2]\n"u8.ToArray() },
        { "JSON cut short", "format=jsonl", "{\"a\": 1}\n{\"a\": \n"u8.ToArray() },
    };

    [Fact]
    public async Task Broken_files_are_refused_with_a_reason_and_leave_nothing_behind()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        var http = host.AdminClient;
        await http.CreateDatasetAsync("broken");
        foreach (var row in Broken)
        {
            var (what, query, content) = row.Data;
            var problem = await RoomHost.ProblemAsync(await http.SendFileAsync("broken", content, query), ErrorCodes.Malformed);
            Assert.False(string.IsNullOrWhiteSpace(problem.Detail), what);
            Assert.DoesNotContain(host.DataDir, problem.Detail);
            Assert.Empty(host.Leftovers());
        }
        Assert.Null((await http.GetAsync<Dataset>("/api/v1/datasets/broken")).Latest);
        Assert.Contains("line 3", (await RoomHost.ProblemAsync(await http.SendFileAsync("broken", "a,b\n1,2\n3\n"u8.ToArray()), ErrorCodes.Malformed)).Detail, StringComparison.OrdinalIgnoreCase);
        await RoomHost.ProblemAsync(await http.SendFileAsync("broken", "a\n1\n"u8.ToArray(), "format=xlsx"), ErrorCodes.Invalid);
        await RoomHost.ProblemAsync(await http.SendFileAsync("broken", "a\n1\n"u8.ToArray(), ""), ErrorCodes.Invalid);
        await RoomHost.ProblemAsync(await http.SendFileAsync("broken", "a\n1\n"u8.ToArray(), "format=csv&source=a%07b.csv"), ErrorCodes.Invalid);
    }

    [Fact]
    public async Task Odd_but_sound_files_are_taken()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        var http = host.AdminClient;
        await http.CreateDatasetAsync("odd [data] *'\"");
        async Task<DatasetVersion> Take(byte[] content, string? type = null, string query = "format=csv")
            => await RoomHost.ReadAsync<DatasetVersion>(await http.SendFileAsync("odd [data] *'\"", content, query, type));

        Assert.Equal(1, (await Take([0xEF, 0xBB, 0xBF, .. "a;b\r\n1;\"x;y\"\r\n"u8])).Rows);
        Assert.Equal(["ключ", "値"], (await Take(Encoding.UTF8.GetBytes("ключ\t値\n1\tдва\n"), "text/csv; charset=utf-8", "")).Columns.Select(c => c.Name));
        Assert.Equal(0, (await Take("a,b\n"u8.ToArray())).Rows);
        Assert.Equal(0, (await http.GetAsync<DatasetProfile>($"/api/v1/datasets/{Uri.EscapeDataString("odd [data] *'\"")}/profile")).Rows);
        Assert.Equal(1, (await Take("a\n3\n"u8.ToArray(), "application/x-www-form-urlencoded", "source=C%3A%5Cdata%5Cx.CSV")).Rows);
    }

    [Fact]
    public async Task Too_large_is_refused_with_and_without_a_length()
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new CatalogRoom()], new Dictionary<string, string?> { ["Dowel:MaxUploadBytes"] = "100000" }, null);
        var http = host.AdminClient;
        await http.CreateDatasetAsync("large");
        var content = Encoding.UTF8.GetBytes("a\n" + string.Concat(Enumerable.Repeat("1234567\n", 20_000)));

        await RoomHost.ProblemAsync(await http.SendFileAsync("large", content), ErrorCodes.TooLarge);
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/api/v1/datasets/large/versions?format=csv")
        {
            Content = new StreamContent(new Unseekable(new MemoryStream(content))),
            Headers = { TransferEncodingChunked = true },
        };
        await RoomHost.ProblemAsync(await http.SendAsync(chunked), ErrorCodes.TooLarge);
        Assert.Empty(host.Leftovers());
        Assert.Equal(9_000, (await RoomHost.ReadAsync<DatasetVersion>(await http.SendFileAsync("large", content[..(2 + (9_000 * 8))]))).Rows);
    }

    [Fact]
    public async Task A_sender_who_goes_away_leaves_nothing_behind()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        await host.AdminClient.CreateDatasetAsync("broken-off");
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(host.Address.Host, host.Address.Port);
            var head = $"POST /api/v1/datasets/broken-off/versions?format=csv HTTP/1.1\r\nHost: {host.Address.Authority}\r\nAuthorization: Bearer {host.TokenOf("admin")}\r\nContent-Length: 1000000\r\n\r\na,b\n1,2\n";
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
            for (var i = 0; i < 100 && host.Leftovers().Length == 0; i++) await Task.Delay(20);
            Assert.Single(host.Leftovers());
            socket.Client.Close(0);
        }
        for (var i = 0; i < 200 && host.Leftovers().Length > 0; i++) await Task.Delay(20);
        Assert.Empty(host.Leftovers());
        Assert.Null((await host.AdminClient.GetAsync<Dataset>("/api/v1/datasets/broken-off")).Latest);
    }

    [Fact]
    public async Task A_process_that_dies_in_the_middle_of_an_upload_fails_that_upload_alone()
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new CatalogRoom()], new Dictionary<string, string?> { ["Catalog:MaxConcurrentJobs"] = "1" }, null);
        var http = host.AdminClient;
        await http.CreateDatasetAsync("killed");
        var file = Encoding.ASCII.GetBytes("a,b\n" + string.Concat(Enumerable.Range(0, 2_000_000).Select(i => $"{i},{i * 0.5}\n")));
        var upload = http.SendFileAsync("killed", file);
        // It is at work once something is written.
        var work = Path.Combine(host.DataDir, "catalog", "work");
        while (!upload.IsCompleted && !Directory.EnumerateFiles(work, "table.parquet*", SearchOption.AllDirectories).Any()) await Task.Delay(1);
        Process.GetProcessById(int.Parse(Path.GetFileName(Assert.Single(QueryTests.Processes(host))), System.Globalization.CultureInfo.InvariantCulture)).Kill();
        Assert.Contains("Send it again", (await RoomHost.ProblemAsync(await upload, ErrorCodes.Malformed)).Detail);
        Assert.Empty(host.Leftovers());
        Assert.Null((await http.GetAsync<Dataset>("/api/v1/datasets/killed")).Latest);
        // The one place is free again, and nothing of the first try counts.
        var version = await RoomHost.ReadAsync<DatasetVersion>(await http.SendFileAsync("killed", file));
        Assert.Equal((1, 2_000_000L), (version.Version, version.Rows));
        Assert.Empty(host.Leftovers());
    }

    [Fact]
    public async Task An_upload_past_its_time_or_memory_is_refused_and_gives_its_place_back()
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new CatalogRoom()], new Dictionary<string, string?> { ["Catalog:MaxConcurrentJobs"] = "1", ["Catalog:JobTimeoutSeconds"] = "10", ["Catalog:JobMemoryMegabytes"] = "1024" }, null);
        var http = host.AdminClient;
        await http.CreateDatasetAsync("limits");
        await http.UploadAsync("limits", "a\n1\n");
        // Each line has columns of its own, and every row has them all.
        var keys = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{{\"k{i}\":{{\"a\":[{i}],\"b\":{{\"c\":\"{i}\"}}}}}}\n")));
        var problem = await RoomHost.ProblemAsync(await http.SendFileAsync("limits", keys, "format=jsonl"), ErrorCodes.TooLarge);
        Assert.StartsWith("The file could not be converted in ", problem.Detail);
        Assert.EndsWith(" Send it in smaller files.", problem.Detail!.Replace(", or with shorter values", "", StringComparison.Ordinal));
        Assert.Empty(host.Leftovers());
        Assert.Equal(2, (await http.UploadAsync("limits", "a\n2\n")).Version);
    }

    [Fact]
    public async Task What_a_crash_left_in_the_work_folder_goes_at_the_next_start()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        var folder = Path.Combine(host.DataDir, "catalog", "work");
        await File.WriteAllTextAsync(Path.Combine(folder, "half.upload"), "a,b");
        Directory.CreateDirectory(Path.Combine(folder, ".spill", "x"));
        await host.RestartAsync();
        Assert.Empty(host.Leftovers());
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Uploads_at_the_same_time_get_a_number_each(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new CatalogRoom());
        var http = host.AdminClient;
        await http.CreateDatasetAsync("busy");
        var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => http.UploadAsync("busy", $"a\n{i}\n")));
        Assert.Equal(Enumerable.Range(1, 8), versions.Select(v => v.Version).Order());

        await http.CreateDatasetAsync("same");
        var same = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => http.UploadAsync("same", "a\n1\n")));
        Assert.All(same, v => Assert.Equal(1, v.Version));
    }

    private sealed class Unseekable(Stream inner) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
