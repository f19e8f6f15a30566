using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving;
using Dowel.Serving.Models;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference.Remote;

/// <summary>OpenAI's protocol, as vLLM, llama.cpp and others serve it; requests are handed on as they are.</summary>
internal sealed class OpenAiServerProtocol(IOptions<ServingOptions> options) : ForwardOnlyProtocol(options)
{
    public override string Name => "openai";
    public override int DefaultPort => 8000;
    public override string HealthPath => "/v1/models";
}

/// <summary>Whatever answers HTTP; requests are handed on as they are.</summary>
internal sealed class RawServerProtocol(IOptions<ServingOptions> options) : ForwardOnlyProtocol(options)
{
    public override string Name => "raw";
    public override int DefaultPort => 8080;
    public override string HealthPath => "/";
}

/// <summary>A protocol whose requests are no tensors.</summary>
internal abstract class ForwardOnlyProtocol(IOptions<ServingOptions> options) : IServerProtocol
{
    public abstract string Name { get; }
    public abstract int DefaultPort { get; }
    public abstract string HealthPath { get; }

    /// <summary>A server that asks for a key, or has no such path, is there all the same.</summary>
    public bool IsReady(int status) => status is >= 200 and < 500;

    public Task<IForwardingModel> ConnectAsync(ServerConnection connection, CancellationToken cancellationToken)
        => Task.FromResult<IForwardingModel>(new Model(new ServerHttp(connection, options.Value.MaxAnswerBytes), Name));

    private sealed class Model(ServerHttp http, string protocol) : ServerModel(http, protocol)
    {
        public override ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
            => throw new ModelRefusedException($"This deployment speaks '{Protocol}', which knows no tensors: call it under /raw/ENDPOINT/, followed by the path of its own API.");
    }
}
