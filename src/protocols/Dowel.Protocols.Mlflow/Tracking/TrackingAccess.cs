using Dowel.Contracts;
using Dowel.Experiments;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;

namespace Dowel.Protocols.Mlflow.Tracking;

/// <summary>
/// Which experiment a call means and whether its caller may. By an id, what exists and may not be seen is denied; by a name it is not there.
/// MLflow's default experiment, <c>0</c>, is the experiment <c>Default</c> of the caller's project, made when it is first used.
/// </summary>
internal static class TrackingAccess
{
    public const string DefaultId = "0";
    private const string DefaultName = "Default";

    /// <summary>The experiment of an id, for something that takes <paramref name="permission"/>.</summary>
    public static async Task<Resource> ExperimentAsync(this MlflowCall call, string id, Permission permission)
    {
        if (id == DefaultId) return await call.DefaultExperimentAsync();
        if (!id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') || id.Length > 64) throw MlflowCall.Bad($"Invalid experiment ID: '{id}'");
        var found = await call.Get<IResourceService>().FindByIdAsync(call.Actor, id, permission, call.Aborted);
        if (found.TryGet(out var resource, out var failure) && resource.Info.Kind == ResourceKind.Experiment.Name) return resource;
        if (failure?.Code == ErrorCodes.Forbidden) throw new FailureException(failure);
        throw MlflowCall.Failed(ErrorCodes.NotFound, $"No Experiment with id={id} exists");
    }

    /// <summary>As <see cref="ExperimentAsync"/>, and it must not be in the bin.</summary>
    public static async Task<Resource> ActiveExperimentAsync(this MlflowCall call, string id, Permission permission)
    {
        var experiment = await call.ExperimentAsync(id, permission);
        if (experiment.DeletedAt is not null) throw MlflowCall.Bad($"The experiment {experiment.Id} must be in the 'active' state. \nCurrent state is deleted.");
        return experiment;
    }

    /// <summary>Checks a run from memory, for what is called thousands of times a second; returns the id of its experiment.</summary>
    public static async ValueTask<string> RequireRunAsync(this MlflowCall call, string runId, Permission permission)
    {
        if (runId.Length > 256 || !runId.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')) throw MlflowCall.Bad($"Invalid value \"{runId}\" for parameter 'run_id' supplied.");
        if (await call.Get<RunDirectory>().ExperimentOfAsync(runId, call.Aborted) is not { } experiment) throw new FailureException(RunKeys.NotFound(runId));
        var resources = call.Get<IResourceService>();
        if (await resources.CachedPermissionAsync(call.Actor, experiment, call.Aborted) >= permission) return experiment;
        // The slow way says why, and records the attempt.
        var found = await resources.FindByIdAsync(call.Actor, experiment, permission, call.Aborted);
        return found.TryGet(out _, out var failure) ? experiment : throw new FailureException(failure);
    }

    /// <summary>The experiment of a run.</summary>
    public static async Task<Resource> ExperimentOfRunAsync(this MlflowCall call, string runId, Permission permission)
        => await call.ExperimentAsync(await call.RequireRunAsync(runId, permission), permission);

    private static async Task<Resource> DefaultExperimentAsync(this MlflowCall call)
    {
        var resources = call.Get<IResourceService>();
        var found = await resources.FindNamedAsync(call.Actor, ResourceKind.Experiment, DefaultName, call.Project, call.Aborted);
        if (found.TryGet(out var there, out var failure) && there is not null) return there;
        if (failure is not null) throw new FailureException(failure);
        var made = await call.Get<ExperimentService>().CreateResourceAsync(call.Actor, new CreateExperiment { Name = DefaultName, Project = call.Project }, null, call.Aborted);
        if (made.TryGet(out var created, out failure)) return created;
        // Two first calls at once: the other one made it.
        return failure.Code == ErrorCodes.Exists && (await resources.FindNamedAsync(call.Actor, ResourceKind.Experiment, DefaultName, call.Project, call.Aborted)) is { IsOk: true, Value: { } other } ? other : throw new FailureException(failure);
    }
}
