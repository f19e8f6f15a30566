using Dowel.Contracts;
using Dowel.Kernel.Imports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Import;

/// <summary>Takes in experiments of another tracking server. The same one again changes nothing.</summary>
internal sealed class ExperimentImport(IDb db, IResourceService resources, TimeProvider time)
{
    public async Task<Result<ImportedExperiment>> PutAsync(ImportScope scope, string id, ImportExperiment spec, CancellationToken cancellationToken)
    {
        if ((scope.Check() ?? CheckId(id) ?? ImportRules.CheckVersion("version", spec.Version) ?? CheckLocation(spec.ArtifactLocation)) is { } wrong) return wrong;
        // What the actor sees is looked up beside the transaction: the row is changed in it.
        var (known, named) = await db.ReadAsync(async s => (await ImportMap.FindExperimentAsync(s, scope, id), await NamedAsync(s, scope, spec.Name)), cancellationToken);
        if (known is not null)
        {
            if (await resources.GetAsync(scope.Actor, known.TargetId, cancellationToken) is not { } target) return Failure.NotFound("experiment", spec.Name);
            if (target.Info.Access < Permission.Edit) return Denied(target);
            return known.Version == spec.Version ? Done(target, ImportOutcome.Unchanged) : await UpdateAsync(scope, id, spec, target, cancellationToken);
        }
        return named is null ? await CreateAsync(scope, id, spec, cancellationToken) : await JoinAsync(scope, id, spec, named, cancellationToken);
    }

    private Task<Result<ImportedExperiment>> CreateAsync(ImportScope scope, string id, ImportExperiment spec, CancellationToken cancellationToken) => db.WriteAsync<ImportedExperiment>(async s =>
    {
        var made = await resources.CreateAsync(s, scope.Actor, ResourceKind.Experiment, new CreateExperiment { Name = spec.Name, Project = scope.Project, Tags = Tags(spec) },
            new { ImportedFrom = scope.Source, SourceId = id, spec.ArtifactLocation });
        if (!made.TryGet(out var target, out var failure)) return failure;
        await s.ExecuteAsync("INSERT INTO experiments_experiments (id, artifact_location) VALUES (@Id, @location)", new { target.Id, location = spec.ArtifactLocation ?? ExperimentService.OwnLocation(target.Id) });
        await ImportMap.KeepAsync(s, scope, ImportMap.Experiment, id, target.Id, spec.Version, true, time.NowMicros());
        if (spec.IsDeleted && (await resources.SetDeletedAsync(s, scope.Actor, target, true)).Failure is { } refused) return refused;
        await resources.SetTimesAsync(s, target.Id, spec.CreatedAt, spec.UpdatedAt, spec.UpdatedAt);
        return Done(target, ImportOutcome.Created);
    }, cancellationToken);

    // One that was here keeps what it has; it gets the tags that it lacks.
    private async Task<Result<ImportedExperiment>> JoinAsync(ImportScope scope, string id, ImportExperiment spec, string targetId, CancellationToken cancellationToken)
    {
        if (await resources.GetAsync(scope.Actor, targetId, cancellationToken) is not { } target) return Failure.NotFound("experiment", spec.Name);
        if (target.Info.Access < Permission.Edit) return Denied(target);
        if (target.DeletedAt is not null && !spec.IsDeleted)
            return new Failure(ErrorCodes.Conflict, $"The experiment '{spec.Name}' of the project '{scope.Project}' is in the bin. Restore it, delete it for good, or rename the one that is to be imported.");
        return await db.WriteAsync<ImportedExperiment>(async s =>
        {
            var missing = Tags(spec).Where(t => !target.Info.Tags.ContainsKey(t.Key)).ToDictionary(t => t.Key, t => (string?)t.Value);
            if (missing.Count > 0 && (await resources.TagAsync(s, scope.Actor, target, missing)).Failure is { } refused) return refused;
            await ImportMap.KeepAsync(s, scope, ImportMap.Experiment, id, target.Id, spec.Version, true, time.NowMicros());
            return Done(target, ImportOutcome.Joined);
        }, cancellationToken);
    }

    private Task<Result<ImportedExperiment>> UpdateAsync(ImportScope scope, string id, ImportExperiment spec, Resource target, CancellationToken cancellationToken) => db.WriteAsync<ImportedExperiment>(async s =>
    {
        var now = target;
        if (now.Name != spec.Name)
        {
            var renamed = await resources.UpdateAsync(s, scope.Actor, now, new ResourcePatch { Name = spec.Name });
            if (!renamed.TryGet(out now, out var failure)) return failure;
        }
        var changed = Tags(spec).Where(t => now.Info.Tags.GetValueOrDefault(t.Key) != t.Value).ToDictionary(t => t.Key, t => (string?)t.Value);
        if (changed.Count > 0 && (await resources.TagAsync(s, scope.Actor, now, changed)).Failure is { } refused) return refused;
        if (now.DeletedAt is not null != spec.IsDeleted)
        {
            // Putting something into the bin takes more than contributing to it.
            if (spec.IsDeleted && now.Info.Access < Permission.Manage) return Denied(now);
            if ((await resources.SetDeletedAsync(s, scope.Actor, now, spec.IsDeleted)).Failure is { } stuck) return stuck;
        }
        await ImportMap.KeepAsync(s, scope, ImportMap.Experiment, id, target.Id, spec.Version, false, time.NowMicros());
        await resources.SetTimesAsync(s, target.Id, null, spec.UpdatedAt, spec.UpdatedAt);
        return Done(now, ImportOutcome.Updated);
    }, cancellationToken);

    private static Task<string?> NamedAsync(DbSession session, ImportScope scope, string name)
        => session.ScalarAsync<string>("SELECT id FROM kernel_resources WHERE kind = 'experiment' AND project_id = @ProjectId AND name = @name", new { scope.ProjectId, name });

    private static ImportedExperiment Done(Resource experiment, ImportOutcome outcome) => new(experiment.Id, experiment.Name, outcome);

    private static Failure Denied(Resource target) => new(ErrorCodes.Forbidden, $"You may not do this to the experiment '{target.Name}'.");

    private static Dictionary<string, string> Tags(ImportExperiment spec) => spec.Tags.Where(t => t.Key.Length is > 0 and <= 250 && t.Value is { Length: <= 100_000 }).ToDictionary();

    public static Failure? CheckId(string id) => id.Length is > 0 and <= 64 && id.All(char.IsAsciiDigit) ? null : Failure.Invalid("id", id, "the number of an experiment");

    // A store that clients reach by themselves. A folder of the machine that the database came from is none.
    private static Failure? CheckLocation(string? location)
        => location is null || (location.Length <= 2048 && !location.Any(char.IsControl) && !location.Contains('#') && !location.Contains(';') && !location.Split('/', '\\').Any(p => Uri.UnescapeDataString(p) == "..")
            && location.IndexOf(":/", StringComparison.Ordinal) is > 1 && !location.StartsWith("file:", StringComparison.OrdinalIgnoreCase) && !location.StartsWith("mlflow-artifacts:", StringComparison.OrdinalIgnoreCase))
            ? null : Failure.Invalid("artifactLocation", location, "the URI of a store outside of Dowel, such as s3://bucket/folder; nothing where the files are imported");
}
