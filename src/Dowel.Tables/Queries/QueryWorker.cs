using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Logging;

namespace Dowel.Tables.Queries;

/// <summary>The server's side of one worker process. Whatever stops a query kills the process; the pipe that closes then ends all waiting for it.</summary>
internal sealed class QueryWorker : IDisposable
{
    /// <summary>What a process takes beside what DuckDB counts: the runtime, the library, rows on their way.</summary>
    private const long BaseBytes = 256L << 20;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>What the system's loaders may need.</summary>
    private static readonly string[] KeptVariables = ["SystemRoot", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

    private readonly Process _process;
    private readonly ILogger _logger;
    private readonly Task<string> _errors;
    private volatile bool _killed;

    private QueryWorker(Process process, ILogger logger)
    {
        (_process, _logger) = (process, logger);
        _errors = HeadAsync(process.StandardError);
    }

    /// <summary>Whether it can take a query: it lives, and gave back what earlier ones took.</summary>
    public bool IsFit => !_killed && !_process.HasExited && ResidentBytes() < BaseBytes;

    /// <summary>Whether it died before it took the query that it was given last: another may run it.</summary>
    public bool NeverTook { get; private set; }

    /// <summary>Starts one and waits until it can take queries.</summary>
    /// <param name="folder">An empty folder to work in.</param>
    /// <param name="logger">Where ends are told of.</param>
    /// <param name="ct">Gives up.</param>
    public static async Task<QueryWorker> StartAsync(string folder, ILogger logger, CancellationToken ct)
    {
        var worker = new QueryWorker(Process.Start(Command(folder))!, logger);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        stop.CancelAfter(StartTimeout);
        using (stop.Token.Register(worker.Kill))
        {
            if (await QueryFrames.ReadAsync(worker._process.StandardOutput.BaseStream, 0) is (FrameKind.Ready, _) && !stop.IsCancellationRequested) return worker;
        }
        worker.Dispose();
        ct.ThrowIfCancellationRequested();
        throw new InvalidOperationException($"The process for queries did not start: {await worker._errors}");
    }

    /// <summary>The worker's program on the runtime, the dependencies and the configuration of this one, and with next to nothing of its environment.</summary>
    private static ProcessStartInfo Command(string folder)
    {
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        var host = Path.Combine(AppContext.BaseDirectory, Assembly.GetEntryAssembly()!.GetName().Name!);
        var start = new ProcessStartInfo(dotnet, ["exec", "--depsfile", $"{host}.deps.json", "--runtimeconfig", $"{host}.runtimeconfig.json", Path.Combine(AppContext.BaseDirectory, "Dowel.Tables.Worker.dll")])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Except(KeptVariables).ToList()) start.Environment.Remove(name);
        // No door for debuggers and profilers; a small heap before a fast one.
        foreach (var (name, value) in new[] { ("DOTNET_EnableDiagnostics", "0"), ("DOTNET_gcServer", "0"), ("DOTNET_gcConcurrent", "0") }) start.Environment[name] = value;
        return start;
    }

    /// <summary>Runs one query.</summary>
    public async Task<Result<QueryResult>> RunAsync(QueryRequest request, CancellationToken ct)
    {
        var limits = request.Limits;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        stop.CancelAfter(limits.Timeout);
        var mostBytes = BaseBytes + ((long)limits.MemoryMegabytes << 20);
        var (taken, tooMuch) = (false, false);
        Result<QueryResult>? answer = null;
        Exception? broken = null;
        try
        {
            await using (stop.Token.Register(Kill))
            await using (new Timer(_ => { if (ResidentBytes() > mostBytes) { tooMuch = true; Kill(); } }, null, WatchEvery, WatchEvery))
            {
                await _process.StandardInput.BaseStream.WriteAsync(QueryFrames.Encode(FrameKind.Query, JsonSerializer.SerializeToUtf8Bytes(request, QueryJson.Default.QueryRequest)), ct);
                if (await QueryFrames.ReadAsync(_process.StandardOutput.BaseStream, 0) is (FrameKind.Taken, _))
                {
                    taken = true;
                    answer = await ReadAnswerAsync(request);
                }
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It died, or says what no worker says.
            broken = e;
        }
        if (answer is { } whole) return whole;
        Kill();
        ct.ThrowIfCancellationRequested();
        if (stop.IsCancellationRequested) return new Failure(ErrorCodes.QueryLimit, $"The query was stopped: it ran longer than {limits.Timeout.TotalSeconds:0.###} seconds.");
        if (tooMuch) return SandboxedQuery.TooMuchMemory(limits);
        NeverTook = !taken;
        await _process.WaitForExitAsync(ct);
        _logger.QueryEndedWorker(broken, _process.ExitCode, await _errors);
        return new Failure(ErrorCodes.QueryFailed, "The query ended the process that ran it, and nothing else. Write it in another way, or over less data.");
    }

    private async Task<Result<QueryResult>?> ReadAnswerAsync(QueryRequest request)
    {
        QueryHead? head = null;
        var rows = new List<object?[]>();
        while (await QueryFrames.ReadAsync(_process.StandardOutput.BaseStream, QueryFrames.MaxBytes) is var (kind, content))
        {
            switch (kind)
            {
                case FrameKind.Head:
                    head = Parse(content, QueryJson.Default.QueryHead);
                    break;
                case FrameKind.Rows when head is not null:
                    ResultRows.Read(content, head.Columns, rows);
                    break;
                case FrameKind.End when head is not null:
                    var end = Parse(content, QueryJson.Default.QueryEnd);
                    return new QueryResult(head.Columns, rows, end.Truncated, end.Elapsed, [.. head.Tables.Select(t => request.Tables[t])]);
                case FrameKind.Failed:
                    var failed = Parse(content, QueryJson.Default.QueryFailure);
                    return new Failure(ErrorCodes.All.Single(c => c.Code == failed.Code), failed.Detail, failed.Fields);
                default:
                    throw new InvalidDataException($"A frame of kind {kind}.");
            }
        }
        return null;
    }

    private static T Parse<T>(byte[] content, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(content, type) ?? throw new InvalidDataException("An empty frame.");

    /// <summary>The physical memory that it holds; nothing once it has ended.</summary>
    private long ResidentBytes()
    {
        try
        {
            if (OperatingSystem.IsLinux())
                return long.Parse(File.ReadAllText($"/proc/{_process.Id}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            _process.Refresh();
            return _process.WorkingSet64;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private void Kill()
    {
        _killed = true;
        _process.Kill();
    }

    /// <summary>The beginning of what it writes to standard error, once it has ended.</summary>
    private static async Task<string> HeadAsync(StreamReader reader)
    {
        using var errors = reader;
        var head = new char[1000];
        var length = await errors.ReadBlockAsync(head);
        await errors.BaseStream.CopyToAsync(Stream.Null);
        return new string(head, 0, length).Trim();
    }

    public void Dispose()
    {
        Kill();
        try
        {
            _process.StandardInput.Dispose();
        }
        catch (IOException)
        {
            // It died with something unread.
        }
        _process.StandardOutput.Dispose();
        _process.Dispose();
    }
}
