using Dowel.Contracts;
using Dowel.Experiments.Artifacts;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;

namespace Dowel.Protocols.Mlflow.Artifacts;

/// <summary>Which file a path of the artifact proxy means, and whether the caller may.</summary>
internal static class ArtifactAccess
{
    /// <summary>For reading, from memory: a download checks nothing in the database but the file itself.</summary>
    public static async Task<ArtifactPlace> PlaceAsync(this MlflowCall call, string? path)
    {
        var place = await call.FindAsync(path);
        await call.RequireExperimentAsync(place.ExperimentId, Permission.Use);
        return place;
    }

    /// <summary>For writing.</summary>
    public static async Task<(ArtifactPlace Place, Resource Experiment)> WritablePlaceAsync(this MlflowCall call, string? path)
    {
        var place = await call.FindAsync(path);
        return (place, await call.RequireAsync(place.ExperimentId, Permission.Edit));
    }

    /// <summary>Checks an experiment from memory.</summary>
    public static async ValueTask RequireExperimentAsync(this MlflowCall call, string experimentId, Permission permission)
    {
        if (await call.Get<IResourceService>().CachedPermissionAsync(call.Actor, experimentId, call.Aborted) < permission) await call.RequireAsync(experimentId, permission);
    }

    private static async Task<Resource> RequireAsync(this MlflowCall call, string experimentId, Permission permission)
        => (await call.Get<IResourceService>().FindByIdAsync(call.Actor, experimentId, permission, call.Aborted)).TryGet(out var experiment, out var failure) ? experiment : throw new FailureException(failure);

    private static async ValueTask<ArtifactPlace> FindAsync(this MlflowCall call, string? path)
        => (await call.Get<ArtifactPlaces>().FindAsync(Escaped(path ?? ""), call.Aborted)).TryGet(out var place, out var failure) ? place : throw new FailureException(failure);

    // Clients before 2.22 do not encode a '%' in a path, so that of KEY%timestamp%1732… the server reads a control character (mlflow/utils/uri.py, _escape_control_characters).
    private static string Escaped(string path)
        => path.Any(char.IsControl) ? string.Concat(path.Select(c => c is < ' ' or '\x7F' ? $"%{(int)c:x2}" : c.ToString())) : path;
}
