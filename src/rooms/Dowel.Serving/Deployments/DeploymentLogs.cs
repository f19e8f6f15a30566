using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Ports;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Deployments;

/// <summary>The logs of deployments: files <c>deployment-logs/ID.log</c> in the data folder, which are turned over when they are large, and whoever follows them.</summary>
internal sealed class DeploymentLogs(IOptions<DowelOptions> options, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, DeploymentLog> _logs = new();

    public DeploymentLog Of(string deploymentId) => _logs.GetOrAdd(deploymentId, id => new DeploymentLog(Path.Combine(options.Value.Folder("deployment-logs"), $"{id}.log"), time));

    public void Remove(string deploymentId)
    {
        if (_logs.TryRemove(deploymentId, out var log)) log.Dispose();
        foreach (var file in Directory.EnumerateFiles(options.Value.Folder("deployment-logs"), $"{deploymentId}.log*")) File.Delete(file);
    }

    public void Dispose()
    {
        foreach (var log in _logs.Values) log.Dispose();
    }
}

/// <summary>The log of one deployment.</summary>
internal sealed class DeploymentLog(string path, TimeProvider time) : IModelLog, IDisposable
{
    private const long LargestFile = 8 << 20;
    private const int LongestLine = 16 << 10;
    private readonly Lock _lock = new();
    private readonly List<Channel<string>> _followers = [];
    private StreamWriter? _writer;
    private bool _disposed;

    /// <summary>The last line, without its time.</summary>
    public string? Last { get; private set; }

    public void Write(string line)
    {
        if (line.Length > LongestLine) line = line[..LongestLine] + "…";
        var text = $"{time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)} {line}";
        lock (_lock)
        {
            if (_disposed) return;
            Last = line;
            foreach (var follower in _followers) follower.Writer.TryWrite(text);
            try
            {
                _writer ??= new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete), new UTF8Encoding(false)) { AutoFlush = true };
                _writer.WriteLine(text);
                if (_writer.BaseStream.Length < LargestFile) return;
                _writer.Dispose();
                _writer = null;
                File.Move(path, path + ".1", overwrite: true);
            }
            // A full disk must not end a model; those who follow still see it.
            catch (IOException)
            {
            }
        }
    }

    /// <summary>The latest lines, and those to come where <paramref name="follow"/>.</summary>
    public async IAsyncEnumerable<string> ReadAsync(int latest, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Channel<string>? follower = null;
        List<string> lines;
        lock (_lock)
        {
            lines = Tail(latest);
            if (follow && !_disposed) _followers.Add(follower = Channel.CreateBounded<string>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest }));
        }
        try
        {
            foreach (var line in lines) yield return line;
            if (follower is null) yield break;
            await foreach (var line in follower.Reader.ReadAllAsync(cancellationToken)) yield return line;
        }
        finally
        {
            if (follower is not null) lock (_lock) _followers.Remove(follower);
        }
    }

    private List<string> Tail(int latest)
    {
        var lines = new Queue<string>();
        foreach (var file in new[] { path + ".1", path }.Where(File.Exists))
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            while (reader.ReadLine() is { } line)
            {
                lines.Enqueue(line);
                if (lines.Count > latest) lines.Dequeue();
            }
        }
        return [.. lines];
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _writer?.Dispose();
            foreach (var follower in _followers) follower.Writer.TryComplete();
        }
    }
}
