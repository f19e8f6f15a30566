using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Gateway;

/// <summary>The endpoints as inference protocols see them: a repository of models that can be listed, loaded and unloaded.</summary>
public interface IModelRepository
{
    /// <summary>What the actor may see, by name.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<IReadOnlyList<RepositoryModel>> ListAsync(Actor actor, CancellationToken cancellationToken);

    /// <summary>Starts a stopped endpoint and waits until it answers. One that answers already is left as it is. Takes edit on it.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="endpoint">Its name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<Result<Unit>> LoadAsync(Actor actor, string endpoint, CancellationToken cancellationToken);

    /// <summary>Stops an endpoint. Takes edit on it.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="endpoint">Its name.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<Result<Unit>> UnloadAsync(Actor actor, string endpoint, CancellationToken cancellationToken);
}

/// <summary>An endpoint in the list.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The model version that answers, or that it would; empty where there is none.</param>
/// <param name="State">Its state.</param>
/// <param name="Reason">Why it does not answer, where that is known.</param>
public sealed record RepositoryModel(string Name, string Version, DeploymentState State, string Reason);
