using Dowel.Kernel.Ports;

namespace Dowel.Serving.Models;

/// <summary>A protocol that model servers speak, as its client: how a container or a server elsewhere becomes a model.</summary>
public interface IServerProtocol
{
    /// <summary>Its name, as a deployment gives it: <c>oip</c>, <c>seldon</c>, <c>mlflow</c>, <c>openai</c> or <c>raw</c>.</summary>
    string Name { get; }
    /// <summary>The port that images of this protocol listen on.</summary>
    int DefaultPort { get; }
    /// <summary>Where a server says that it is ready.</summary>
    string HealthPath { get; }
    /// <summary>Whether an answer of <see cref="HealthPath"/> with this HTTP status means ready; servers that do not have the path answer all the same.</summary>
    bool IsReady(int status) => status is >= 200 and < 300;

    /// <summary>Asks a server for what it serves. Throws <see cref="ModelException"/> with a message for people.</summary>
    /// <param name="connection">The server. The model does not dispose of its client.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<IForwardingModel> ConnectAsync(ServerConnection connection, CancellationToken cancellationToken);
}

/// <summary>A way to a model server.</summary>
/// <param name="Address">Its address, which ends in a slash.</param>
/// <param name="Client">Sends requests to it: keeps connections, follows no redirects, adds the headers that the server wants.</param>
/// <param name="ModelName">The model there; null for its only one.</param>
public sealed record ServerConnection(Uri Address, HttpMessageInvoker Client, string? ModelName);
