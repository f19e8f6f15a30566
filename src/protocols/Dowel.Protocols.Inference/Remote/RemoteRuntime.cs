using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Serving;
using Dowel.Serving.Models;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference.Remote;

/// <summary>
/// Model servers that Dowel does not run. Requests to an address that somebody gives could reach what only this machine can: so an administrator gives it,
/// or names hosts in <c>Serving:Remote:Allowed</c>, and no address that clouds tell their machines secrets at is ever connected to.
/// </summary>
internal sealed class RemoteRuntime(IEnumerable<IServerProtocol> protocols, IOptions<ServingOptions> options) : IServerRuntime
{
    // Of the connection or made anew for each request; a fixed value would break them.
    private static readonly string[] NotGiven = ["host", "connection", "content-length", "content-type", "content-encoding", "transfer-encoding", "upgrade", "te", "trailer", "expect", "keep-alive", "proxy-connection"];

    public string Kind => "remote";

    public Failure? Check(Actor actor, ServerSource source)
    {
        var remote = source.Remote!;
        if (remote.Url.Any(char.IsControl) || !Uri.TryCreate(remote.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            return Failure.Invalid("deployment.remote.url", remote.Url, "an address such as https://models.example.com, without a query; credentials go into headers");
        if (!protocols.Any(p => p.Name == remote.Protocol)) return Failure.Invalid("deployment.remote.protocol", remote.Protocol, $"one of {string.Join(", ", protocols.Select(p => p.Name))}");
        if (remote.ModelName?.Any(char.IsControl) == true) return Failure.Invalid("deployment.remote.modelName", remote.ModelName, "a name in one line");
        foreach (var (name, value) in remote.Headers ?? new Dictionary<string, string>())
        {
            if (NotGiven.Contains(name.ToLowerInvariant())) return Failure.Invalid("deployment.remote.headers", name, "a header that does not belong to the connection");
            using var probe = new HttpRequestMessage();
            if (!probe.Headers.TryAddWithoutValidation(name, value) || value.AsSpan().ContainsAny('\r', '\n', '\0')) return Failure.Invalid("deployment.remote.headers", name, "a header's name, with a value of one line");
        }
        if (ServerAddresses.IsNever(url.Host)) return Failure.Invalid("deployment.remote.url", url.Host, "an address that requests may be sent to; link-local ones never are");
        if (actor.IsAdmin || options.Value.Remote.Allowed.Any(a => ServerAddresses.Matches(a, url))) return null;
        return new Failure(ErrorCodes.Forbidden, $"Only administrators may have requests sent to '{url.Authority}'.") { Remedy = "Ask an administrator to deploy it, or to add the host to Serving:Remote:Allowed." };
    }

    public async Task<ILoadedModel> StartAsync(ServerSource source, ModelHost host, CancellationToken cancellationToken)
    {
        var remote = source.Remote!;
        var protocol = protocols.First(p => p.Name == remote.Protocol);
        var client = new HttpMessageInvoker(new GivenHeaders(remote.Headers ?? new Dictionary<string, string>())
        {
            InnerHandler = new FaultyConnections(new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromSeconds(10),
                // A name may come to mean another address.
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                EnableMultipleHttp2Connections = true,
            }),
        });
        try
        {
            var address = new Uri(remote.Url.EndsWith('/') ? remote.Url : remote.Url + "/");
            host.Log.Write($"connecting to {address} ({remote.Protocol})");
            return new Model(await protocol.ConnectAsync(new ServerConnection(address, client, remote.ModelName), cancellationToken));
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Ends the connections with the model.</summary>
    private sealed class Model(IForwardingModel model) : IForwardingModel
    {
        public ModelSignature Signature => model.Signature;
        public Uri Address => model.Address;
        public HttpMessageInvoker Client => model.Client;
        public string Protocol => model.Protocol;

        public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken) => model.PredictAsync(inputs, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await model.DisposeAsync();
            model.Client.Dispose();
        }
    }

    private sealed class GivenHeaders(IReadOnlyDictionary<string, string> headers) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            foreach (var (name, value) in headers)
            {
                request.Headers.Remove(name);
                request.Headers.TryAddWithoutValidation(name, value);
            }
            return base.SendAsync(request, cancellationToken);
        }
    }
}
