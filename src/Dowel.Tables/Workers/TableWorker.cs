using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Logging;

namespace Dowel.Tables.Workers;

/// <summary>What a piece of work may use, and what is said when it was ended for it.</summary>
/// <param name="Timeout">How long it may take.</param>
/// <param name="MemoryMegabytes">What its process may hold, in mebibytes, beside what any worker takes.</param>
/// <param name="TooLong">Said when it took longer.</param>
/// <param name="TooMuch">Said when its process took too much memory.</param>
/// <param name="Died">Said when its process died otherwise.</param>
internal sealed record WorkLimits(TimeSpan Timeout, int MemoryMegabytes, Failure TooLong, Failure TooMuch, Failure Died);

/// <summary>The server's side of one worker process. Whatever stops a piece of work kills the process; the pipe that closes then ends all waiting for it.</summary>
internal sealed class TableWorker : IDisposable
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

    private TableWorker(Process process, ILogger logger)
    {
        (_process, _logger) = (process, logger);
        _errors = HeadAsync(process.StandardError);
    }

    /// <summary>Whether it can take work: it lives, and gave back what earlier ones took.</summary>
    public bool IsFit => !_killed && !_process.HasExited && ResidentBytes() < BaseBytes;

    /// <summary>Whether it died before it took the work that it was given last: another may do it.</summary>
    public bool NeverTook { get; private set; }

    /// <summary>Starts one and waits until it can take work.</summary>
    /// <param name="folder">An empty folder to work in.</param>
    /// <param name="logger">Where ends are told of.</param>
    /// <param name="ct">Gives up.</param>
    public static async Task<TableWorker> StartAsync(string folder, ILogger logger, CancellationToken ct)
    {
        var worker = new TableWorker(Process.Start(Command(folder))!, logger);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        stop.CancelAfter(StartTimeout);
        using (stop.Token.Register(worker.Kill))
        {
            if (await WorkerFrames.ReadAsync(worker._process.StandardOutput.BaseStream, 0) is (FrameKind.Ready, _) && !stop.IsCancellationRequested) return worker;
        }
        worker.Dispose();
        ct.ThrowIfCancellationRequested();
        throw new InvalidOperationException($"The worker process did not start: {await worker._errors}");
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

    /// <summary>Does one piece of work. When it returns or throws, nothing of the work goes on.</summary>
    /// <param name="kind">What is to be done.</param>
    /// <param name="request">With what.</param>
    /// <param name="limits">What it may use.</param>
    /// <param name="read">Reads the answer; null where the worker fell silent.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<Result<T>> RunAsync<T>(FrameKind kind, byte[] request, WorkLimits limits, Func<Stream, Task<Result<T>?>> read, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        stop.CancelAfter(limits.Timeout);
        var mostBytes = BaseBytes + ((long)limits.MemoryMegabytes << 20);
        var (taken, tooMuch) = (false, false);
        Result<T>? answer = null;
        Exception? broken = null;
        try
        {
            await using (stop.Token.Register(Kill))
            await using (new Timer(_ => { if (ResidentBytes() > mostBytes) { tooMuch = true; Kill(); } }, null, WatchEvery, WatchEvery))
            {
                await _process.StandardInput.BaseStream.WriteAsync(WorkerFrames.Encode(kind, request), CancellationToken.None);
                if (await WorkerFrames.ReadAsync(_process.StandardOutput.BaseStream, 0) is (FrameKind.Taken, _))
                {
                    taken = true;
                    answer = await read(_process.StandardOutput.BaseStream);
                }
            }
        }
        catch (Exception e)
        {
            // It died, or says what no worker says.
            broken = e;
        }
        if (answer is { } whole) return whole;
        Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        ct.ThrowIfCancellationRequested();
        if (stop.IsCancellationRequested) return limits.TooLong;
        if (tooMuch) return limits.TooMuch;
        NeverTook = !taken;
        _logger.WorkerEnded(broken, _process.ExitCode, await _errors);
        return limits.Died;
    }

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
