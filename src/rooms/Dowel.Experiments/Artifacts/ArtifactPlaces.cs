using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Experiments.LoggedModels;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Artifacts;

/// <summary>A file or folder of a run or logged model.</summary>
/// <param name="Owner">The id of the run or model.</param>
/// <param name="ExperimentId">Its experiment.</param>
/// <param name="Path">The path below its artifact root; empty for the root.</param>
internal sealed record ArtifactPlace(string Owner, string ExperimentId, string Path);

/// <summary>
/// What a path below <c>mlflow-artifacts:/</c> means: <c>LOCATION/RUN/artifacts/PATH</c> or <c>LOCATION/models/MODEL/artifacts/PATH</c>, where the location is that of the experiment,
/// its id if it was made without one. Nothing else is there.
/// </summary>
internal sealed class ArtifactPlaces(IDb db, RunDirectory runs, LoggedModelDirectory models)
{
    /// <summary>The first part of the paths of registered versions.</summary>
    public const string Registry = "registry";

    private const string Expected = "EXPERIMENT_ID/RUN_ID/artifacts or EXPERIMENT_ID/models/MODEL_ID/artifacts, and a path below it";
    private const int MostOwners = 4;
    private const int MostKept = 100_000;
    private readonly ConcurrentDictionary<string, string> _locations = new(StringComparer.Ordinal);

    public async ValueTask<Result<ArtifactPlace>> FindAsync(string path, CancellationToken cancellationToken)
    {
        var parts = path.Split('/');
        Failure? unknown = null;
        var owners = 0;
        // A location may have a part "artifacts" itself.
        for (var i = 1; i + 1 < parts.Length && owners < MostOwners; i++)
        {
            if (parts[i + 1] != "artifacts") continue;
            owners++;
            var isModel = i > 1 && parts[i - 1] == "models" && LoggedModelIds.IsModel(parts[i]);
            var experiment = isModel ? await models.ExperimentOfAsync(parts[i], cancellationToken) : await runs.ExperimentOfAsync(parts[i], cancellationToken);
            if (experiment is null) unknown ??= isModel ? LoggedModelIds.NotFound(parts[i]) : RunKeys.NotFound(parts[i]);
            else if (string.Join('/', parts[..(isModel ? i - 1 : i)]) == await LocationAsync(experiment, cancellationToken))
            {
                var rest = string.Join('/', parts[(i + 2)..]);
                return ArtifactPaths.Folder("path", rest).TryGet(out var below, out var wrong) ? new ArtifactPlace(parts[i], experiment, below) : wrong;
            }
        }
        return unknown ?? Invalid(path);
    }

    /// <summary>Whether an experiment may have a location: none that lies in another's, or has another's in it, and no other project's.</summary>
    public static async Task<Failure?> CheckLocationAsync(DbSession session, string projectId, string location)
    {
        if (PathOf(location) is not { } path) return null;
        if (ArtifactPaths.Check("artifact_location", path) is { } wrong) return wrong;
        var first = path.Split('/')[0];
        if (first == Registry || first.StartsWith($"{ResourceKind.Experiment.Prefix}_", StringComparison.Ordinal)) return Taken(location);
        var others = await session.QueryAsync<LocationRow>("""
            SELECT e.artifact_location, r.project_id FROM experiments_experiments e JOIN kernel_resources r ON r.id = e.id
            WHERE e.artifact_location LIKE 'mlflow-artifacts:%' AND e.artifact_location <> 'mlflow-artifacts:/' || e.id
            """);
        return others.Any(o => PathOf(o.ArtifactLocation) is { } other && (other == path ? o.ProjectId != projectId : IsBelow(path, other) || IsBelow(other, path))) ? Taken(location) : null;
    }

    /// <summary>The path of a location in Dowel's own store; null for another store.</summary>
    public static string? PathOf(string location)
    {
        const string scheme = "mlflow-artifacts:";
        if (!location.StartsWith(scheme, StringComparison.Ordinal)) return null;
        var rest = location[scheme.Length..];
        // With a server's name, as clients may write it: mlflow-artifacts://host:5080/PATH.
        if (rest.StartsWith("//", StringComparison.Ordinal)) rest = rest.IndexOf('/', 2) is > 0 and var slash ? rest[slash..] : "";
        return rest.Trim('/');
    }

    private async ValueTask<string?> LocationAsync(string experimentId, CancellationToken cancellationToken)
    {
        if (_locations.TryGetValue(experimentId, out var known)) return known;
        var location = await db.ReadAsync(s => s.ScalarAsync<string>("SELECT artifact_location FROM experiments_experiments WHERE id = @experimentId", new { experimentId }), cancellationToken);
        if (location is null || PathOf(location) is not { } path) return null;
        if (_locations.Count >= MostKept) _locations.Clear();
        return _locations[experimentId] = path;
    }

    private static bool IsBelow(string path, string folder) => path.StartsWith(folder + "/", StringComparison.Ordinal);

    private static Failure Invalid(string path) => Failure.Invalid("path", path, Expected);

    private static Failure Taken(string location)
        => new(ErrorCodes.Invalid, $"The artifact location '{location}' is in use, or lies in one that is.", new FieldError("artifact_location", location, "a location of the experiment's own, or none for the usual one"));

    private sealed class LocationRow
    {
        public string ArtifactLocation { get; set; } = "";
        public string ProjectId { get; set; } = "";
    }
}
