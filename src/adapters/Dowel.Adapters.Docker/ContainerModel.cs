using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Models;

namespace Dowel.Adapters.Docker;

/// <summary>The model in a container, which is started again when it ends.</summary>
internal sealed class ContainerModel(Container container, IServerProtocol protocol, ContainerSpec spec, ModelHost host, TimeProvider time, Func<bool> staysBehind) : IForwardingModel
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WellAfter = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _closing = new();
    private Task _watching = Task.CompletedTask;
    private volatile IForwardingModel? _model;
    private volatile bool _available;
    private int _disposed;

    public bool IsAvailable => _available;
    public ModelSignature Signature => Model.Signature;
    public Uri Address => Model.Address;
    public HttpMessageInvoker Client => container.Client;
    public string Protocol => protocol.Name;

    private IForwardingModel Model => _model ?? throw new ModelUnavailableException("The container is not ready.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await container.BeginAsync(cancellationToken);
        await ConnectAsync(cancellationToken);
        _watching = Task.Run(WatchAsync, CancellationToken.None);
    }

    public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        => _available ? Model.PredictAsync(inputs, cancellationToken) : throw new ModelUnavailableException("The container has ended and is being started again.");

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var address = await container.ReadyAsync(cancellationToken);
        _model = await protocol.ConnectAsync(new ServerConnection(address, container.Client, spec.ModelName), cancellationToken);
        _available = true;
        host.Log.Write($"the container answers at {address}");
    }

    /// <summary>Starts it again each time it ends, sooner if it had run well for a while.</summary>
    private async Task WatchAsync()
    {
        var pause = TimeSpan.FromSeconds(1);
        while (!_closing.IsCancellationRequested)
            try
            {
                var wellSince = time.GetTimestamp();
                var end = await container.EndAsync(_closing.Token);
                _available = false;
                if (time.GetElapsedTime(wellSince) > WellAfter) pause = TimeSpan.FromSeconds(1);
                while (!_available)
                {
                    host.Log.Write(string.Create(CultureInfo.InvariantCulture, $"the container does not answer: {end}; it is started again in {pause.TotalSeconds:0} s"));
                    await Task.Delay(pause, time, _closing.Token);
                    pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, pause.TotalSeconds * 2));
                    end = await TryAgainAsync() ?? "";
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
    }

    private async Task<string?> TryAgainAsync()
    {
        try
        {
            await container.BeginAgainAsync(_closing.Token);
            await ConnectAsync(_closing.Token);
            return null;
        }
        catch (ModelException e)
        {
            await EndQuietlyAsync();
            return e.Message;
        }
    }

    private async Task EndQuietlyAsync()
    {
        try
        {
            await container.StopAsync(_closing.Token);
        }
        catch (ModelException)
        {
            // It has ended, or the engine has.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _available = false;
        await _closing.CancelAsync();
        await _watching;
        try
        {
            if (staysBehind()) host.Log.Write("the server stops; the container runs on");
            else await container.RemoveAsync();
        }
        catch (ModelException e)
        {
            host.Log.Write($"the container could not be removed: {e.Message}");
        }
        container.Dispose();
        _closing.Dispose();
    }
}
