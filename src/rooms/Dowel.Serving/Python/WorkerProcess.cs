using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Python;

/// <summary>One worker: its process, its private folder and its connection. It ends once and is not started again.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private const int SigKill = 9;
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HangUpAfter = TimeSpan.FromSeconds(0.5);

    private readonly string _folder;
    private readonly Process _process;
    private readonly ProcessLog _log;
    private readonly Task _printed;
    private WorkerConnection? _connection;
    private string? _reason;

    private WorkerProcess(string folder, Process process, IModelLog log)
    {
        (_folder, _process, _log) = (folder, process, new ProcessLog(log));
        _printed = _log.FollowAsync(process);
    }

    /// <summary>What the model says of its inputs and outputs.</summary>
    public ModelSignature Signature { get; private set; } = null!;

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts one and has it load its model.</summary>
    /// <param name="plan">What it runs.</param>
    /// <param name="time">The time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ModelException">It did not come to serve the model.</exception>
    public static async Task<WorkerProcess> StartAsync(WorkerPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        // Only the server's user may come in; the path is short enough for a socket.
        var folder = Directory.CreateTempSubdirectory("dowel-worker-").FullName;
        WorkerProcess? worker = null;
        try
        {
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            var path = Path.Combine(folder, "socket");
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(1);
            worker = new WorkerProcess(folder, WorkerStart.Start(WorkerStart.Worker(plan.Interpreter, path, folder, plan.Artifact.Folder, plan.Host.Name, plan.Threads)), plan.Host.Log);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(plan.StartLimit);
            try
            {
                await worker.LoadAsync(listener, plan, time, limit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new ModelException($"The model was not loaded within {plan.StartLimit.TotalSeconds:0} s.");
            }
            return worker;
        }
        catch
        {
            if (worker is not null) await worker.DisposeAsync();
            else Delete(folder);
            throw;
        }
    }

    public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken) => _connection!.PredictAsync(inputs, cancellationToken);

    /// <summary>Tells it that it is no longer needed.</summary>
    public void HangUp() => _connection!.Dispose();

    public bool IsStuck(TimeSpan grace) => _connection!.IsStuck(grace);

    /// <summary>Waits until it has ended, whatever ended it; why.</summary>
    public async Task<string> EndedAsync()
    {
        var why = await _connection!.Ended;
        await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(StopGrace));
        if (!_process.HasExited) _reason ??= why;
        Kill();
        await _process.WaitForExitAsync();
        return _reason ?? Status();
    }

    /// <summary>Ends it and what it started.</summary>
    /// <param name="reason">Why; null where something else ended it.</param>
    public void Kill(string? reason = null)
    {
        _reason ??= reason;
        if (!_process.HasExited) _process.Kill();
        // It leads a group of its own, which its children are in.
        _ = SendSignal(-_process.Id, SigKill);
    }

    public async ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        using (var grace = new CancellationTokenSource(_connection is null ? TimeSpan.Zero : StopGrace))
        {
            try
            {
                await _process.WaitForExitAsync(grace.Token);
            }
            catch (OperationCanceledException)
            {
                // It is in the middle of something.
            }
        }
        Kill();
        await _process.WaitForExitAsync();
        await Task.WhenAny(_printed, Task.Delay(StopGrace));
        _process.Dispose();
        Delete(_folder);
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The model left something that cannot be removed; the system clears its temporary folder one day.
        }
    }

    private async Task LoadAsync(Socket listener, WorkerPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        using var died = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ended = _process.WaitForExitAsync(cancellationToken);
        var accepting = listener.AcceptAsync(died.Token).AsTask();
        if (await Task.WhenAny(accepting, ended) == ended) await died.CancelAsync();
        try
        {
            _connection = new WorkerConnection(await accepting, time);
            _ = HangUpAfterAsync(_connection);
            Signature = await _connection.LoadAsync(plan.Artifact.Flavor, plan.Artifact.Folder, plan.MemoryMb, plan.Artifact.Signature).WaitAsync(cancellationToken);
            return;
        }
        catch (Exception e) when (e is WorkerEndedException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // It died; what it printed says why.
        }
        await Task.WhenAny(_process.WaitForExitAsync(CancellationToken.None), Task.Delay(StopGrace, CancellationToken.None));
        if (!_process.HasExited) throw new ModelException("The worker hung up before its model was loaded.");
        await Task.WhenAny(_printed, Task.Delay(StopGrace, CancellationToken.None));
        throw new ModelException($"The worker ended with {Status()} before its model was loaded{(_log.Last is { } last ? $": {last}" : ".")}");
    }

    /// <summary>A child of the model's may hold the socket open when the worker is gone.</summary>
    private async Task HangUpAfterAsync(WorkerConnection connection)
    {
        await _process.WaitForExitAsync();
        await Task.WhenAny(connection.Ended, Task.Delay(HangUpAfter));
        connection.Dispose();
    }

    private string Status() => _process.ExitCode is > 128 and var code ? $"signal {code - 128}{(code - 128 == SigKill ? ", as when memory runs out" : "")}" : $"status {_process.ExitCode}";

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);
}

/// <summary>What a worker runs, and how.</summary>
internal sealed record WorkerPlan(ModelArtifact Artifact, ModelHost Host, string Interpreter, int Threads, TimeSpan StartLimit)
{
    /// <summary>Memory in MiB; 0 for no limit.</summary>
    public int MemoryMb => Host.Settings.Resources?.MemoryMb ?? 0;
}
