using System.Diagnostics;

namespace Dowel.Bench;

/// <summary>A file of two gigabytes up and down, against a bare endpoint that copies it to and from a file.</summary>
internal static class ArtifactBench
{
    private const long Bytes = 2L << 30;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(DemoServer demo)
    {
        using var dowel = new Tracker(demo.Url, demo.Token);
        var port = DemoServer.FreePort();
        using var baseline = Process.Start(new ProcessStartInfo("dotnet", [typeof(ArtifactBench).Assembly.Location, "baseline", $"{port}"]))!;
        try
        {
            var experiment = await dowel.NewExperimentAsync();
            var run = await dowel.NewRunAsync(experiment);
            using var plain = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromMinutes(10) };
            await Task.Delay(1000);
            var path = $"mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/big.bin";
            List<double> up = [], down = [], plainUp = [], plainDown = [];
            demo.Process.Refresh();
            var (before, most) = (demo.Process.WorkingSet64, 0L);
            using var stop = new CancellationTokenSource();
            var watching = Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    demo.Process.Refresh();
                    most = Math.Max(most, demo.Process.WorkingSet64);
                    await Task.Delay(20);
                }
            });
            for (var round = 0; round < 2; round++)
            {
                up.Add(await UploadAsync(dowel.Http, path, round));
                plainUp.Add(await UploadAsync(plain, "files/big.bin", round));
                down.Add(await DownloadAsync(dowel.Http, path));
                plainDown.Add(await DownloadAsync(plain, "files/big.bin"));
            }
            await stop.CancelAsync();
            await watching;
            var grown = Math.Max(0, most - before) / 1e6;
            var (upTimes, downTimes) = (Wrk.Median(up.Zip(plainUp, (a, b) => a / b)), Wrk.Median(down.Zip(plainDown, (a, b) => a / b)));
            return
            [
                new("artifact of 2 GB, upload", $"{Wrk.Median(up):0.0} s, {upTimes:0.0} times the baseline", "at most 2 times", $"{Wrk.Median(plainUp):0.0} s", upTimes <= 2),
                new("artifact of 2 GB, download", $"{Wrk.Median(down):0.0} s, {downTimes:0.0} times the baseline", "at most 2 times", $"{Wrk.Median(plainDown):0.0} s", downTimes <= 2),
                new("artifact of 2 GB: growth of the server's memory", $"{grown:0} MB", "under 50 MB", null, grown < 50),
            ];
        }
        finally
        {
            baseline.Kill();
        }
    }

    private static async Task<double> UploadAsync(HttpClient http, string path, int seed)
    {
        var watch = Stopwatch.StartNew();
        using var content = new StreamContent(new Noise(seed), 1 << 20);
        content.Headers.ContentLength = Bytes;
        (await http.PutAsync(path, content)).EnsureSuccessStatusCode();
        return watch.Elapsed.TotalSeconds;
    }

    private static async Task<double> DownloadAsync(HttpClient http, string path)
    {
        var watch = Stopwatch.StartNew();
        using var response = (await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead)).EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync();
        var (buffer, bytes) = (new byte[1 << 20], 0L);
        for (int read; (read = await stream.ReadAsync(buffer)) > 0;) bytes += read;
        return bytes == Bytes ? watch.Elapsed.TotalSeconds : throw new InvalidOperationException($"{bytes} bytes came instead of {Bytes}");
    }

    /// <summary>So many bytes that do not compress, and differ from seed to seed.</summary>
    private sealed class Noise(int seed) : Stream
    {
        private readonly byte[] _block = Block(seed);
        private long _left = Bytes;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => Bytes;
        public override long Position { get => Bytes - _left; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var n = (int)Math.Min(Math.Min(count, _block.Length), _left);
            Buffer.BlockCopy(_block, 0, buffer, offset, n);
            _left -= n;
            return n;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private static byte[] Block(int seed)
        {
            var block = new byte[1 << 20];
            new Random(seed).NextBytes(block);
            return block;
        }
    }
}
