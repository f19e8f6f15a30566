using System.Text.RegularExpressions;
using Dowel.Contracts;
using Dowel.Experiments.LoggedModels;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Access;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Artifacts;

/// <summary>Gives other rooms a run with its files, to those who may use its experiment.</summary>
internal sealed partial class RunSource(RunService runs, LoggedModelService models, ArtifactService artifacts, IResourceService resources) : IRunSource
{
    public async Task<Result<RunArtifacts>> GetAsync(Actor actor, string runId, string artifactPath, CancellationToken cancellationToken)
    {
        if (!ArtifactPaths.Folder("artifactPath", artifactPath).TryGet(out var folder, out var failure)) return failure;
        if (await runs.FindAsync(runId, cancellationToken) is not { } row) return Failure.NotFound("run", runId);
        var experiment = await resources.FindAsync(actor, ResourceKind.Experiment, row.ExperimentId, Permission.Use, cancellationToken);
        if (!experiment.TryGet(out _, out failure)) return failure;
        if (!(await runs.GetAsync(runId, cancellationToken)).TryGet(out var run, out failure)) return failure;
        return new RunArtifacts(run, row.ExperimentId, await artifacts.AllAsync(runId, folder, cancellationToken), row.InputList);
    }

    public Task<Result<RunArtifacts>> GetBySourceAsync(Actor actor, string source, string? runId, string? modelId, CancellationToken cancellationToken)
    {
        if (ModelSource().Match(source) is { Success: true } model) return OfModelAsync(actor, model.Groups["model"].Value, model.Groups["path"].Value, cancellationToken);
        return Source().Match(source) is { Success: true } found
            ? GetAsync(actor, found.Groups["run"].Value, found.Groups["path"].Value, cancellationToken)
            : Task.FromResult<Result<RunArtifacts>>(Failure.NotFound("source", source));
    }

    private async Task<Result<RunArtifacts>> OfModelAsync(Actor actor, string modelId, string path, CancellationToken cancellationToken)
    {
        if (!ArtifactPaths.Folder("source", path).TryGet(out var folder, out var failure)) return failure;
        if (!(await models.GetAsync(modelId, cancellationToken)).TryGet(out var model, out failure)) return failure;
        if (!(await resources.FindAsync(actor, ResourceKind.Experiment, model.Row.ExperimentId, Permission.Use, cancellationToken)).TryGet(out _, out failure)) return failure;
        var row = model.Row.SourceRunId.Length > 0 ? await runs.FindAsync(model.Row.SourceRunId, cancellationToken) : null;
        var run = row is null ? null : (await runs.GetDataAsync(row.Id, cancellationToken))?.ToRun();
        return new RunArtifacts(run, model.Row.ExperimentId, await artifacts.AllAsync(modelId, folder, cancellationToken), row?.InputList ?? []);
    }

    [GeneratedRegex("^(models:/+(?<model>m-[^/]+)|mlflow-artifacts:(//[^/]*)?/[^/]+/models/(?<model>m-[^/]+)/artifacts)(/(?<path>.*))?$", RegexOptions.CultureInvariant)]
    private static partial Regex ModelSource();

    [GeneratedRegex("^(runs:/+(?<run>[^/]+)|mlflow-artifacts:(//[^/]*)?/[^/]+/(?<run>[^/]+)/artifacts)(/(?<path>.*))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Source();
}
