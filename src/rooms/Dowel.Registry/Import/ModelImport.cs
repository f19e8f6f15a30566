using System.Globalization;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Imports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Aliases;
using Dowel.Registry.History;
using Dowel.Registry.Models;

namespace Dowel.Registry.Import;

/// <summary>
/// Takes in registered models of another registry, and closes their import with the aliases. The gate of a model holds for what changes here; what its old registry had decided is taken over once,
/// until the model has come whole.
/// </summary>
internal sealed class ModelImport(IDb db, IResourceService resources, HistoryLog history, TimeProvider time)
{
    public const string Reason = "imported";

    public async Task<Result<ImportedModel>> PutAsync(ImportScope scope, ImportModel spec, CancellationToken cancellationToken)
    {
        if ((scope.Check() ?? ModelRules.CheckName("name", spec.Name) ?? CheckVersion(spec.Version) ?? (spec.LastVersion < 0 ? Failure.Invalid("lastVersion", spec.LastVersion, "0 or more") : null)) is { } wrong) return wrong;
        if (!(await FindAsync(scope, spec.Name, cancellationToken)).TryGet(out var model, out var failure)) return failure;
        return await db.WriteAsync<ImportedModel>(async s =>
        {
            var row = await ImportMap.ModelAsync(s, scope, spec.Name);
            if (row is null || model is null) return await CreateAsync(s, scope, spec);
            var versions = await ImportMap.VersionsAsync(s, scope, spec.Name, model.Id);
            var known = new ImportedModel { Id = model.Id, Name = model.Name, Outcome = ImportOutcome.Unchanged, Versions = versions.Values.ToDictionary(v => v.Number.ToString(CultureInfo.InvariantCulture), v => v.Version) };
            await s.ExecuteAsync("UPDATE registry_models SET last_version = @LastVersion WHERE id = @Id AND last_version < @LastVersion", new { model.Id, spec.LastVersion });
            if (row.Version == spec.Version) return known;
            var changed = await resources.UpdateAsync(s, scope.Actor, model, new ResourcePatch { Description = spec.Description, Tags = model.Info.Tags.Concat(spec.Tags).GroupBy(t => t.Key).ToDictionary(g => g.Key, g => g.Last().Value) });
            if (changed.Failure is { } refused) return refused;
            await ImportMap.KeepAsync(s, scope, spec.Name, 0, model.Id, spec.Version, row.IsDone, time.NowMicros());
            return known with { Outcome = ImportOutcome.Updated };
        }, cancellationToken);
    }

    private async Task<Result<ImportedModel>> CreateAsync(DbSession session, ImportScope scope, ImportModel spec)
    {
        var made = await resources.CreateAsync(session, scope.Actor, ResourceKind.Model, new CreateModel { Name = spec.Name, Project = scope.Project, Description = spec.Description, Tags = spec.Tags }, new { ImportedFrom = scope.Source });
        if (!made.TryGet(out var model, out var failure))
            return failure.Code == ErrorCodes.Exists
                ? new Failure(ErrorCodes.Conflict, $"The project '{scope.Project}' has a model '{spec.Name}' that did not come from this source; its versions could not keep their numbers. Rename one of the two.")
                : failure;
        await session.ExecuteAsync("INSERT INTO registry_models (id, last_version, gate) VALUES (@Id, @LastVersion, @gate)", new { model.Id, spec.LastVersion, gate = JsonSerializer.Serialize(new ValidationGate(), DowelJson.Options) });
        await ImportMap.KeepAsync(session, scope, spec.Name, 0, model.Id, spec.Version, false, time.NowMicros());
        await resources.SetTimesAsync(session, model.Id, spec.CreatedAt, null);
        return new ImportedModel { Id = model.Id, Name = model.Name, Outcome = ImportOutcome.Created };
    }

    public async Task<Result<ImportResult>> CloseAsync(ImportScope scope, ImportAliases spec, CancellationToken cancellationToken)
    {
        if ((scope.Check() ?? (spec.Aliases.Count > 1000 ? Failure.Invalid("aliases", $"{spec.Aliases.Count} aliases", "at most 1000") : null)) is { } wrong) return wrong;
        if (!(await FindAsync(scope, spec.Model, cancellationToken)).TryGet(out var model, out var failure)) return failure;
        if (model is null) return Failure.NotFound("imported model", spec.Model);
        var skipped = new List<ImportSkip>();
        return await db.WriteAsync<ImportResult>(async s =>
        {
            if (!await ModelRules.LockAsync(s, model.Id) || await ImportMap.ModelAsync(s, scope, spec.Model) is not { } row) return Failure.NotFound("imported model", spec.Model);
            var gate = (await ModelService.GateAsync(s, model.Id))!.Rules;
            var versions = await ImportMap.VersionsAsync(s, scope, spec.Model, model.Id);
            var moved = new Dictionary<string, int>();
            foreach (var (alias, number) in spec.Aliases.OrderBy(a => a.Key, StringComparer.Ordinal))
            {
                var from = await s.ScalarAsync<long?>("SELECT number FROM registry_aliases WHERE model_id = @Id AND alias = @alias", new { model.Id, alias });
                if (from == number) continue;
                if (AliasRules.Check("alias", alias) is not null) skipped.Add(new(spec.Model, "alias", alias, "its name is none that can be kept"));
                else if (!versions.TryGetValue(number, out var version)) skipped.Add(new(spec.Model, "alias", alias, $"version {number} did not come from this source"));
                else if (row.IsDone && AliasRules.IsProtected(gate, alias)) skipped.Add(new(spec.Model, "alias", alias, "it is protected here since the model came; move it as any other, so that the gate runs"));
                else
                {
                    await s.ExecuteAsync("""
                        INSERT INTO registry_aliases (model_id, alias, version_id, number) VALUES (@Id, @alias, @TargetId, @number)
                        ON CONFLICT (model_id, alias) DO UPDATE SET version_id = excluded.version_id, number = excluded.number
                        """, new { model.Id, alias, version.TargetId, number });
                    await history.AddAsync(s, scope.Actor, model.Id, ModelChangeKind.Alias, number, alias, from?.ToString(CultureInfo.InvariantCulture), number.ToString(CultureInfo.InvariantCulture), Reason);
                    moved[alias] = number;
                }
            }
            if (moved.Count > 0)
            {
                var updated = await resources.UpdateAsync(s, scope.Actor, model, after: new { From = scope.Source, Aliases = moved }, action: "model.import");
                if (updated.Failure is { } refused) return refused;
            }
            if (!row.IsDone) await ImportMap.KeepAsync(s, scope, spec.Model, 0, model.Id, row.Version, true, time.NowMicros());
            // Whatever else was done to it here keeps its own time.
            if (!row.IsDone || moved.Count > 0) await resources.SetTimesAsync(s, model.Id, null, spec.UpdatedAt);
            return new ImportResult { Written = moved.Count, Skipped = skipped };
        }, cancellationToken);
    }

    /// <summary>The model that came from the source under that name, if the actor may edit it; null where it has not come.</summary>
    public async Task<Result<Resource?>> FindAsync(ImportScope scope, string name, CancellationToken cancellationToken)
    {
        if (await db.ReadAsync(s => ImportMap.ModelAsync(s, scope, name), cancellationToken) is not { } row) return (Resource?)null;
        return (await resources.FindByIdAsync(scope.Actor, row.TargetId, Permission.Edit, cancellationToken)).Map(m => (Resource?)m);
    }

    public static Failure? CheckVersion(string version) => version.Length is > 0 and <= 64 && !version.Any(char.IsControl) ? null : Failure.Invalid("version", version, "1 to 64 characters");
}
