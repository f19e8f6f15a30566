using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Docker.DotNet;
using Docker.DotNet.Models;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Ports;
using Dowel.Serving;
using Microsoft.Extensions.Options;

namespace Dowel.Adapters.Docker;

/// <summary>The Docker engine, what goes wrong with it in words for people, and the containers in it that are this server's.</summary>
internal sealed class DockerEngine(IOptions<ServingOptions> options, ServerKey key) : IDisposable
{
    public const string ServerLabel = "dowel.server", EndpointLabel = "dowel.endpoint", DeploymentLabel = "dowel.deployment", ReplicaLabel = "dowel.replica", SpecLabel = "dowel.spec";

    private readonly Lazy<DockerClient> _client = new(() => new DockerClientBuilder().WithEndpoint(new Uri(options.Value.Docker.Engine)).WithTimeout(Timeout.InfiniteTimeSpan).Build());

    /// <summary>Tells containers of this data folder from those of others on the same engine.</summary>
    public string ServerId { get; } = key.Sign("docker server id"u8)[..12];

    /// <summary>A keyed hash: what it is of cannot be guessed from it.</summary>
    public string Sign(string text) => key.Sign(Encoding.UTF8.GetBytes(text));

    /// <summary>Asks the engine for something.</summary>
    /// <exception cref="ModelException">It refused, or is not there.</exception>
    public async Task<T> AskAsync<T>(Func<DockerClient, Task<T>> ask)
    {
        try
        {
            return await ask(_client.Value);
        }
        catch (DockerApiException e)
        {
            throw new DockerRefusedException((int)e.StatusCode, MessageOf(e), e);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or TimeoutException)
        {
            throw new ModelUnavailableException($"The Docker engine at {options.Value.Docker.Engine} cannot be reached ({e.GetBaseException().Message}). Start it, let this server's user use its socket, or set Serving:Docker:Engine.", e);
        }
    }

    /// <inheritdoc cref="AskAsync{T}"/>
    public Task AskAsync(Func<DockerClient, Task> ask) => AskAsync(async client =>
    {
        await ask(client);
        return true;
    });

    /// <summary>This server's containers, running or not.</summary>
    /// <param name="labels">More labels that they have, as <c>name=value</c>.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<IList<ContainerListResponse>> ListAsync(IEnumerable<string> labels, CancellationToken cancellationToken)
        => await AskAsync(client => client.Containers.ListContainersAsync(new ContainersListParameters
        {
            All = true,
            Filters = new Dictionary<string, IDictionary<string, bool>> { ["label"] = labels.Append($"{ServerLabel}={ServerId}").ToDictionary(l => l, _ => true) },
        }, cancellationToken));

    /// <summary>A container; null where there is none any more.</summary>
    public async Task<ContainerInspectResponse?> FindAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(client => client.Containers.InspectContainerAsync(container, cancellationToken));
        }
        catch (DockerRefusedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Stops a container, within a while by force, and removes it; one that is gone already is what was wished.</summary>
    public async Task RemoveAsync(string container, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            if (patience > TimeSpan.Zero) await AskAsync(client => client.Containers.StopContainerAsync(container, new ContainerStopParameters { WaitBeforeKillSeconds = (uint)patience.TotalSeconds }, cancellationToken));
            await AskAsync(client => client.Containers.RemoveContainerAsync(container, new ContainerRemoveParameters { Force = true, RemoveVolumes = true }, cancellationToken));
        }
        catch (DockerRefusedException e) when (e.Status is 404 or 409)
        {
            // Gone, or going already.
        }
    }

    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
    }

    private static string MessageOf(DockerApiException e)
    {
        try
        {
            using var document = JsonDocument.Parse(e.ResponseBody ?? "");
            return document.RootElement.GetProperty("message").GetString() ?? e.Message;
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return e.Message;
        }
    }
}

/// <summary>The engine refused something.</summary>
internal sealed class DockerRefusedException(int status, string message, Exception inner) : ModelException($"The Docker engine says: {message}", inner)
{
    public int Status => status;
}
