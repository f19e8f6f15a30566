using Dowel.Kernel.Access;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Ports;

/// <summary>Where endpoints get models from. The registry provides it; without one, Serving reads a plain folder.</summary>
public interface IModelSource
{
    /// <summary>Resolves a model version, checks that the actor may use it, and brings its files into a local folder.</summary>
    /// <param name="actor">Who deploys it.</param>
    /// <param name="model">The model, by name, <c>project.name</c> or id.</param>
    /// <param name="version">A number or an alias.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<Result<ModelArtifact>> ResolveAsync(Actor actor, string model, string version, CancellationToken cancellationToken);
}
