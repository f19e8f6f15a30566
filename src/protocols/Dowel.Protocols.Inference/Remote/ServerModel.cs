using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Models;

namespace Dowel.Protocols.Inference.Remote;

/// <summary>A model behind a model server. Whoever made the connection ends it.</summary>
internal abstract class ServerModel(ServerHttp http, string protocol, ModelSignature? signature = null) : IForwardingModel
{
    protected ServerHttp Http => http;

    public ModelSignature Signature { get; } = signature ?? new ModelSignature();
    public Uri Address => http.Address;
    public HttpMessageInvoker Client => http.Client;
    public string Protocol => protocol;

    public abstract ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
