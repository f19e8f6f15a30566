using System.Globalization;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Imports;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Aliases;
using Dowel.Registry.History;
using Dowel.Registry.Models;
using Dowel.Registry.Sources;
using Dowel.Registry.Stages;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Import;

/// <summary>Takes in versions of imported models under the numbers that they had; all of a call, or nothing.</summary>
internal sealed class VersionImport(IDb db, ModelImport models, VersionSources sources, IResourceService resources, HistoryLog history, ILineage lineage, TimeProvider time)
{
    private const int MostAtOnce = 1000;

    public async Task<Result<ImportResult>> PutAsync(ImportScope scope, ImportModelVersions batch, CancellationToken cancellationToken)
    {
        if ((scope.Check() ?? (batch.Versions.Count > MostAtOnce ? Failure.Invalid("versions", $"{batch.Versions.Count} versions", $"at most {MostAtOnce} a call") : null) ?? batch.Versions.Select(Check).FirstOrDefault(f => f is not null)) is { } wrong) return wrong;
        if (!(await models.FindAsync(scope, batch.Model, cancellationToken)).TryGet(out var model, out var failure)) return failure;
        if (model is null) return Failure.NotFound("imported model", batch.Model);
        var skipped = new List<ImportSkip>();
        // What their sources name is read before the transaction, as for any version.
        var origins = new Dictionary<int, VersionOrigin>();
        foreach (var version in batch.Versions) origins[version.Number] = await OriginAsync(scope, model, version, skipped, cancellationToken);
        return await db.WriteAsync<ImportResult>(async s =>
        {
            if (!await ModelRules.LockAsync(s, model.Id) || await ImportMap.ModelAsync(s, scope, batch.Model) is not { } row) return Failure.NotFound("imported model", batch.Model);
            var gate = (await ModelService.GateAsync(s, model.Id))!.Rules;
            var known = await ImportMap.VersionsAsync(s, scope, batch.Model, model.Id);
            var written = new List<int>();
            foreach (var version in batch.Versions.OrderBy(v => v.Number))
            {
                var before = known.GetValueOrDefault(version.Number);
                if (before?.Version == version.Version) continue;
                if (before is null && await s.ScalarAsync<string>("SELECT id FROM registry_versions WHERE model_id = @Id AND number = @Number", new { model.Id, version.Number }) is not null)
                {
                    skipped.Add(new(batch.Model, "version", Text(version.Number), "a version of this number was registered here"));
                    continue;
                }
                var stage = StageRules.Canonical(version.Stage)!;
                if (row.IsDone && stage != StageRules.None && AliasRules.IsProtected(gate, stage))
                {
                    skipped.Add(new(batch.Model, "stage", Text(version.Number), $"{stage} is protected here since the model came; move the version there as any other, so that the gate runs"));
                    stage = before is null ? StageRules.None : null;
                }
                if (before is null) await InsertAsync(s, scope, model, batch.Model, version, origins[version.Number], stage!);
                else await UpdateAsync(s, scope, model, batch.Model, version, before, origins[version.Number], stage);
                written.Add(version.Number);
            }
            if (written.Count == 0) return new ImportResult { Skipped = skipped };
            var updated = await resources.UpdateAsync(s, scope.Actor, model, after: new { From = scope.Source, Versions = written }, action: "model.import");
            return updated.Map(_ => new ImportResult { Written = written.Count, Skipped = skipped });
        }, cancellationToken);
    }

    private async Task InsertAsync(DbSession session, ImportScope scope, Resource model, string name, ImportModelVersion version, VersionOrigin origin, string stage)
    {
        var now = time.NowMicros();
        var row = new VersionRow
        {
            Id = Ids.New("mv"),
            ModelId = model.Id,
            Number = version.Number,
            Description = version.Description,
            Flavor = origin.Flavor,
            Signature = Write(origin.Signature),
            InputExample = Write(origin.InputExample),
            RunId = version.RunId ?? origin.RunId ?? "",
            ExperimentId = origin.ExperimentId ?? "",
            ArtifactPath = origin.ArtifactPath,
            Metrics = JsonSerializer.Serialize(origin.Metrics, DowelJson.Options),
            TrainingData = JsonSerializer.Serialize(origin.TrainingData),
            CreatedAt = version.CreatedAt?.ToMicros() ?? now,
            CreatedById = scope.Actor.UserId,
            CreatedBy = version.User,
            Source = version.Source,
            SourceSort = SortText.Of(version.Source),
            Storage = origin.Storage,
            RunLink = version.RunLink,
            LoggedModelId = origin.LoggedModelId ?? "",
            Stage = stage,
            UpdatedAt = version.UpdatedAt?.ToMicros() ?? version.CreatedAt?.ToMicros() ?? now,
        };
        await session.ExecuteAsync("""
            INSERT INTO registry_versions (id, model_id, number, description, flavor, signature, input_example, run_id, experiment_id, artifact_path, metrics, training_data, created_at, created_by_id, created_by,
                source, source_sort, storage, run_link, logged_model_id, stage, updated_at)
            VALUES (@Id, @ModelId, @Number, @Description, @Flavor, @Signature, @InputExample, @RunId, @ExperimentId, @ArtifactPath, @Metrics, @TrainingData, @CreatedAt, @CreatedById, @CreatedBy,
                @Source, @SourceSort, @Storage, @RunLink, @LoggedModelId, @Stage, @UpdatedAt)
            """, row);
        await FilesAsync(session, row.Id, origin);
        await TagsAsync(session, row.Id, version.Tags);
        await session.ExecuteAsync("UPDATE registry_models SET last_version = @Number WHERE id = @ModelId AND last_version < @Number", row);
        await ImportMap.KeepAsync(session, scope, name, version.Number, row.Id, version.Version, false, time.NowMicros());
        if (row is { ExperimentId.Length: > 0, RunId.Length: > 0 }) await lineage.AddAsync(session, row.ExperimentId, row.RunId, model.Id, Text(version.Number), "registered");
        await history.AddAsync(session, scope.Actor, model.Id, ModelChangeKind.Version, version.Number, "", null, version.Source, ModelImport.Reason);
        if (stage != StageRules.None) await history.AddAsync(session, scope.Actor, model.Id, ModelChangeKind.Stage, version.Number, "", StageRules.None, stage, ModelImport.Reason);
    }

    // The files of a version never change, once it has some; what may, follows its source.
    private async Task UpdateAsync(DbSession session, ImportScope scope, Resource model, string name, ImportModelVersion version, ImportRow before, VersionOrigin origin, string? stage)
    {
        var old = (await session.FirstAsync<VersionRow>("SELECT * FROM registry_versions WHERE id = @TargetId", before))!;
        if (old.Description != version.Description) await history.AddAsync(session, scope.Actor, model.Id, ModelChangeKind.Description, version.Number, "", old.Description, version.Description, ModelImport.Reason);
        if (stage is not null && old.Stage != stage) await history.AddAsync(session, scope.Actor, model.Id, ModelChangeKind.Stage, version.Number, "", old.Stage, stage, ModelImport.Reason);
        await session.ExecuteAsync("UPDATE registry_versions SET description = @Description, stage = COALESCE(@stage, stage), updated_at = COALESCE(@updated, updated_at) WHERE id = @Id",
            new { old.Id, version.Description, stage, updated = version.UpdatedAt?.ToMicros() });
        if (await session.ScalarAsync<string>("SELECT path FROM registry_files WHERE version_id = @Id LIMIT 1", new { old.Id }) is null)
        {
            await FilesAsync(session, old.Id, origin);
            await session.ExecuteAsync("UPDATE registry_versions SET flavor = @Flavor, signature = @signature, input_example = @example, experiment_id = @experiment, artifact_path = @ArtifactPath, storage = @Storage WHERE id = @Id",
                new { old.Id, origin.Flavor, signature = Write(origin.Signature), example = Write(origin.InputExample), experiment = origin.ExperimentId ?? "", origin.ArtifactPath, origin.Storage });
        }
        await TagsAsync(session, old.Id, version.Tags);
        await ImportMap.KeepAsync(session, scope, name, version.Number, old.Id, version.Version, false, time.NowMicros());
    }

    private async Task<VersionOrigin> OriginAsync(ImportScope scope, Resource model, ImportModelVersion version, List<ImportSkip> skipped, CancellationToken cancellationToken)
    {
        var named = new VersionOrigin { Source = version.Source, RunId = version.RunId };
        if (SourceRules.IsPrompt(version.Tags)) return named;
        var found = await sources.ResolveAsync(scope.Actor, model, new CreateModelVersion { Source = version.Files ?? version.Source, RunId = version.RunId ?? "", Tags = version.Tags }, cancellationToken);
        if (found.TryGet(out var origin, out var failure) && (version.Files is null || origin.Files.Count > 0)) return origin;
        skipped.Add(new(model.Name, "files", $"version {version.Number}", failure?.Detail ?? $"there are no files at {version.Files}"));
        return origin ?? named;
    }

    private static Task FilesAsync(DbSession session, string id, VersionOrigin origin)
        => origin.Files.Count == 0 ? Task.CompletedTask
            : session.ExecuteAsync("INSERT INTO registry_files (version_id, path, hash, bytes) VALUES (@id, @Path, @Hash, @Bytes)", origin.Files.Select(f => new { id, f.Path, f.Hash, f.Bytes }).ToList());

    private static Task TagsAsync(DbSession session, string id, IReadOnlyDictionary<string, string> tags)
        => tags.Count == 0 ? Task.CompletedTask : session.ExecuteAsync("""
            INSERT INTO registry_version_tags (version_id, name, value, sort_value) VALUES (@id, @Key, @Value, @sort) ON CONFLICT (version_id, name) DO UPDATE SET value = excluded.value, sort_value = excluded.sort_value
            """, tags.Select(t => new { id, t.Key, t.Value, sort = SortText.Of(t.Value) }).ToList());

    private static string? Write<T>(T? value) where T : class => value is null ? null : JsonSerializer.Serialize(value, DowelJson.Options);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static Failure? Check(ImportModelVersion version)
    {
        if (version.Number < 1) return Failure.Invalid("number", version.Number, "1 or more");
        if (StageRules.Canonical(version.Stage) is null) return Failure.Invalid("stage", version.Stage, string.Join(", ", StageRules.All));
        foreach (var (field, value, most) in new[] { ("description", version.Description, 100_000), ("user", version.User, 200), ("source", version.Source, SourceRules.MaxLength), ("files", version.Files ?? "", SourceRules.MaxLength), ("runId", version.RunId ?? "", 64), ("runLink", version.RunLink, SourceRules.MaxLength) })
            if (value.Length > most || value.Contains('\0')) return Failure.Invalid(field, value, $"at most {most} characters without the character zero");
        return ModelImport.CheckVersion(version.Version) ?? VersionService.CheckTags(version.Tags)
            ?? (version.Files is null && version.Source.Length > 0 ? SourceRules.Check(version.Source, SourceRules.IsPrompt(version.Tags)) : null);
    }
}
