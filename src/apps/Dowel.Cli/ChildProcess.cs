using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Dowel.Cli.Local;

namespace Dowel.Cli;

/// <summary>A child process that does not outlive its owner: disposing it asks it to end, then makes it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, ChildProcess> Running = new();
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private readonly Process process;
    private readonly Task pump;
    private volatile TextWriter? listener;

    private ChildProcess(Process process, string? log)
    {
        this.process = process;
        pump = log is null ? Task.CompletedTask : PumpAsync(log);
        Id = process.Id;
        Running[Id] = this;
    }

    public int Id { get; }

    public bool HasExited => process.HasExited;

    public int ExitCode => process.HasExited ? process.ExitCode : -1;

    /// <summary>Starts a program; what it says goes to the log, or where this process's own words go.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="log">A file; null for where this process's own words go.</param>
    /// <param name="variables">What it finds in its environment besides this process's own; null for nothing.</param>
    public static ChildProcess Start(string program, IReadOnlyList<string> arguments, string? log, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = log is not null, RedirectStandardError = log is not null };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in variables ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new CliException($"{program} could not be started.");
        return new ChildProcess(process, log);
    }

    /// <summary>Ends whatever still runs, at once.</summary>
    public static void KillAll()
    {
        foreach (var child in Running.Values) child.Kill();
    }

    /// <summary>When the last words of one that has ended are in its log; a child of its own may hold its output open, so not for ever.</summary>
    public Task SaidAsync() => Task.WhenAny(pump, Task.Delay(TimeSpan.FromSeconds(1)));

    /// <summary>From now on what it says goes there, and no longer into its log.</summary>
    public void SpeakTo(TextWriter writer) => listener = writer;

    public Task ExitedAsync(CancellationToken cancellationToken) => process.WaitForExitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            if (OperatingSystem.IsWindows() || !NativeProcess.Signal(Id, NativeProcess.SigTerm)) Kill();
            using var limit = new CancellationTokenSource(Grace);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
        Running.TryRemove(Id, out _);
        await pump;
        process.Dispose();
    }

    private async Task PumpAsync(string log)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 1, Options = FileOptions.Asynchronous };
        // The server's first words have a sign-in link.
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(log, options);
        await using (file)
        {
            using var turn = new SemaphoreSlim(1);
            await Task.WhenAll(CopyAsync(process.StandardOutput.BaseStream, file, turn), CopyAsync(process.StandardError.BaseStream, file, turn));
        }
    }

    private async Task CopyAsync(Stream from, FileStream to, SemaphoreSlim turn)
    {
        var buffer = new byte[8192];
        var text = new char[buffer.Length + 4];
        var decoder = Encoding.UTF8.GetDecoder();
        int read;
        while ((read = await from.ReadAsync(buffer)) > 0)
        {
            await turn.WaitAsync();
            try
            {
                var length = decoder.GetChars(buffer.AsSpan(0, read), text, flush: false);
                if (listener is { } writer) await writer.WriteAsync(text.AsMemory(0, length));
                else await to.WriteAsync(buffer.AsMemory(0, read));
            }
            catch (IOException)
            {
                // The log's disk is full; the server must not stand still for it.
            }
            finally
            {
                turn.Release();
            }
        }
    }

    private void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended in the meantime.
        }
    }
}
