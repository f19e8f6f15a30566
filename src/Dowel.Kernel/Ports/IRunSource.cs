using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Ports;

/// <summary>Gives the registry the runs that models come from. Experiments provides it; without that room, versions are registered from uploaded files only.</summary>
public interface IRunSource
{
    /// <summary>A run with its artifacts below a folder, checking that the actor may use its experiment.</summary>
    /// <param name="actor">Who registers it.</param>
    /// <param name="runId">The run.</param>
    /// <param name="artifactPath">The folder; empty for all.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The run and its files, recursively, with paths relative to the folder and the hash under which the object store holds each.</returns>
    Task<Result<RunArtifacts>> GetAsync(Actor actor, string runId, string artifactPath, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="GetAsync"/>, for a source as MLflow's clients name it: <c>runs:/ID/PATH</c>, <c>mlflow-artifacts:/EXPERIMENT/RUN/artifacts/PATH</c>,
    /// <c>models:/m-ID</c> or <c>mlflow-artifacts:/EXPERIMENT/models/m-ID/artifacts</c>. Not found where it names nothing of this server.
    /// </summary>
    /// <param name="actor">Who registers it.</param>
    /// <param name="source">The source.</param>
    /// <param name="runId">The run that the client named besides, or null.</param>
    /// <param name="modelId">The logged model that the client named besides, or null.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<Result<RunArtifacts>> GetBySourceAsync(Actor actor, string source, string? runId, string? modelId, CancellationToken cancellationToken);
}

/// <summary>A run and its files.</summary>
/// <param name="Run">The run; null for a logged model that came from none.</param>
/// <param name="ExperimentId">Its experiment.</param>
/// <param name="Files">Its files, with hashes.</param>
/// <param name="Inputs">What it learned from, as <c>kind:reference@version</c>.</param>
public sealed record RunArtifacts(Run? Run, string ExperimentId, IReadOnlyList<ArtifactInfo> Files, IReadOnlyList<string> Inputs);
