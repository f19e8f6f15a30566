using System.Diagnostics.CodeAnalysis;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Gateway;

/// <summary>The one data plane behind every inference protocol: resolve, check access, join features, run, log.</summary>
public interface IGateway
{
    /// <summary>Resolves an endpoint in memory and checks that the actor may see or use it.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="endpoint">Its name.</param>
    /// <param name="version">The model version that the protocol names, or null.</param>
    /// <param name="permission">Read for metadata, use for predictions.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    ValueTask<Result<IEndpointHandle>> OpenAsync(Actor actor, string endpoint, string? version, Permission permission, CancellationToken cancellationToken);

    /// <summary>Answers one request and logs it. When this returns, the record has been handed to the operating system.</summary>
    ValueTask<Result<InferenceAnswer>> InferAsync(IEndpointHandle endpoint, InferenceRequest request, CancellationToken cancellationToken);

    /// <summary>Logs a request that the protocol could not decode.</summary>
    void LogRefused(IEndpointHandle endpoint, InferenceRequest request, Failure failure);
}

/// <summary>An endpoint that the actor may call.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a handle.")]
public interface IEndpointHandle
{
    /// <summary>Its name.</summary>
    string Name { get; }
    /// <summary>Name of its project.</summary>
    string Project { get; }
    /// <summary>Whether it answers now.</summary>
    bool IsReady { get; }
    /// <summary>The version that answers; empty while none does.</summary>
    string Version { get; }
    /// <summary>How the model runs, such as <c>mlnet</c>.</summary>
    string Platform { get; }
    /// <summary>What callers send and get; null while no deployment is ready.</summary>
    ModelSignature? Signature { get; }
}

/// <summary>A decoded request.</summary>
/// <param name="Actor">Who asks.</param>
/// <param name="Protocol">The protocol, such as <c>oip-rest</c>.</param>
/// <param name="Inputs">What was sent; empty if it could not be decoded.</param>
/// <param name="StartedAt">When the request came in, by <see cref="TimeProvider.GetTimestamp"/>.</param>
/// <param name="IsIdempotent">Whether it may be asked a second time where its model died over it; callers say so by a header <c>Idempotency-Key</c>.</param>
/// <param name="IsLogged">Whether it stands in the prediction log and in the figures of the endpoint's traffic; a batch run's requests do not.</param>
public readonly record struct InferenceRequest(Actor Actor, string Protocol, IReadOnlyList<Tensor> Inputs, long StartedAt, bool IsIdempotent = false, bool IsLogged = true);

/// <summary>An answer.</summary>
/// <param name="PredictionId">Id in the log; ground truth is sent under it.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Version">Version that answered.</param>
/// <param name="Outputs">The outputs.</param>
/// <param name="Tags">What the model said beside them; null for nothing.</param>
public readonly record struct InferenceAnswer(string PredictionId, string Model, string Version, IReadOnlyList<Tensor> Outputs, IReadOnlyDictionary<string, string>? Tags = null);
