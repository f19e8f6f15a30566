using Dowel.Contracts;
using Dowel.Experiments.LoggedModels;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Artifacts;
using Dowel.Protocols.Mlflow.Tracking;
using Dowel.Protocols.Mlflow.Wire;

namespace Dowel.Protocols.Mlflow.LoggedModels;

/// <summary>Which logged model a call means and whether its caller may; as <see cref="TrackingAccess"/> for runs.</summary>
internal static class ModelAccess
{
    /// <summary>Checks a model from memory; returns the id of its experiment.</summary>
    public static async ValueTask<string> RequireModelAsync(this MlflowCall call, string modelId, Permission permission)
    {
        if (await call.Get<LoggedModelDirectory>().ExperimentOfAsync(modelId, call.Aborted) is not { } experiment) throw new FailureException(LoggedModelIds.NotFound(modelId));
        await call.RequireExperimentAsync(experiment, permission);
        return experiment;
    }

    /// <summary>The experiment of a model.</summary>
    public static async Task<Resource> ExperimentOfModelAsync(this MlflowCall call, string modelId, Permission permission)
        => await call.ExperimentAsync(await call.RequireModelAsync(modelId, permission), permission);

    /// <summary>The models that metrics of a run are logged for, too: that takes edit on each.</summary>
    public static async ValueTask RequireModelsAsync(this MlflowCall call, IEnumerable<ModelMetric> metrics)
    {
        foreach (var model in metrics.Select(m => m.ModelId).Distinct()) await call.RequireModelAsync(model, Permission.Edit);
    }
}
