using System.Globalization;
using System.Text.Json;
using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Registry.Versions;

/// <summary>Versions of models: registered once from a run's files, never changed.</summary>
internal sealed class VersionService(IDb db, IResourceService resources, IRunSource runs, ILineage lineage, TimeProvider time)
{
    private const int MostFiles = 10_000;
    private const int MostExampleChars = 1 << 20;
    private static readonly Dictionary<string, SortColumn> Sorts = new()
    {
        ["version"] = new("v.number", IsNumber: true),
        ["created"] = new("v.created_at", IsNumber: true),
    };

    public async Task<Result<Page<ModelVersion>>> ListAsync(Resource model, ListQuery query, CancellationToken cancellationToken)
    {
        if (!SortSpec.Parse(query.Sort is null or "" ? "-version" : query.Sort, Sorts).TryGet(out var sort, out var failure)) return failure;
        if (!Keyset.Create(sort, "v.id", query.Cursor, query.Limit).TryGet(out var keyset, out failure)) return failure;
        var sql = "SELECT v.* FROM registry_versions v WHERE v.model_id = @modelId";
        var args = new DynamicParameters(new { modelId = model.Id });
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            sql += " AND LOWER(v.description) LIKE @search ESCAPE '\\'";
            args.Add("search", Names.LikePattern(query.Search));
        }
        keyset.AddTo(ref sql, args);
        return await db.ReadAsync<Result<Page<ModelVersion>>>(async s =>
        {
            var page = keyset.ToPage(await s.QueryAsync<VersionRow>(sql, args), r => sort.Column.Sql == "v.number" ? r.Number : r.CreatedAt, r => r.Id, r => r);
            return new Page<ModelVersion> { Items = await VersionReader.ReadAsync(s, model.Name, page.Items), NextCursor = page.NextCursor };
        }, cancellationToken);
    }

    public Task<Result<ModelVersion>> GetAsync(Resource model, string version, CancellationToken cancellationToken) => db.ReadAsync<Result<ModelVersion>>(async s =>
        await RowAsync(s, model.Id, version) is { } row ? (await VersionReader.ReadAsync(s, model.Name, [row]))[0] : NoVersion(model, version), cancellationToken);

    public async Task<Result<ModelVersion>> CreateAsync(Actor actor, Resource model, CreateModelVersion spec, CancellationToken cancellationToken)
    {
        if (Check(spec) is { } wrong) return wrong;
        var example = spec.InputExample is null ? null : JsonSerializer.Serialize(spec.InputExample, DowelJson.Options);
        if (example?.Length > MostExampleChars) return Failure.Invalid("inputExample", $"{example.Length} characters of JSON", $"at most {MostExampleChars}");
        if (!(await runs.GetAsync(actor, spec.RunId, spec.ArtifactPath, cancellationToken)).TryGet(out var source, out var failure)) return failure;
        if (source.Files.Count is 0 or > MostFiles)
            return Failure.Invalid("artifactPath", spec.ArtifactPath, source.Files.Count == 0 ? $"a folder with files among the artifacts of run '{spec.RunId}'" : $"a folder of at most {MostFiles} files");
        // The port is another room's: what becomes a path on this machine is checked here as well.
        if (source.Files.Select(f => ArtifactPaths.Check("artifactPath", f.Path)).FirstOrDefault(f => f is not null) is { } badPath) return badPath;

        var training = spec.TrainingData ?? source.Inputs;
        return await db.WriteAsync<ModelVersion>(async s =>
        {
            if (await s.ExecuteAsync("UPDATE registry_models SET last_version = last_version + 1 WHERE id = @Id", new { model.Id }) == 0) return Failure.NotFound("model", model.Name);
            var row = new VersionRow
            {
                Id = Ids.New("mv"),
                ModelId = model.Id,
                Number = await s.ScalarAsync<long>("SELECT last_version FROM registry_models WHERE id = @Id", new { model.Id }),
                Description = spec.Description ?? "",
                Flavor = spec.Flavor,
                Signature = spec.Signature is null ? null : JsonSerializer.Serialize(spec.Signature, DowelJson.Options),
                InputExample = example,
                RunId = source.Run.Id,
                ExperimentId = source.ExperimentId,
                ArtifactPath = spec.ArtifactPath,
                Metrics = JsonSerializer.Serialize(source.Run.Metrics, DowelJson.Options),
                TrainingData = JsonSerializer.Serialize(training),
                CreatedAt = time.NowMicros(),
                CreatedById = actor.UserId,
                CreatedBy = actor.UserName,
            };
            await s.ExecuteAsync("""
                INSERT INTO registry_versions (id, model_id, number, description, flavor, signature, input_example, run_id, experiment_id, artifact_path, metrics, training_data, created_at, created_by_id, created_by)
                VALUES (@Id, @ModelId, @Number, @Description, @Flavor, @Signature, @InputExample, @RunId, @ExperimentId, @ArtifactPath, @Metrics, @TrainingData, @CreatedAt, @CreatedById, @CreatedBy)
                """, row);
            await s.ExecuteAsync("INSERT INTO registry_files (version_id, path, hash, bytes) VALUES (@Id, @Path, @Hash, @Bytes)", source.Files.Select(f => new { row.Id, f.Path, f.Hash, f.Bytes }).ToList());
            if (spec.Tags is { Count: > 0 } tags)
                await s.ExecuteAsync("INSERT INTO registry_version_tags (version_id, name, value) VALUES (@Id, @Key, @Value)", tags.Select(t => new { row.Id, t.Key, t.Value }).ToList());
            var number = row.Number.ToString(CultureInfo.InvariantCulture);
            await lineage.AddAsync(s, source.ExperimentId, source.Run.Id, model.Id, number, "registered");
            await lineage.AddReferencesAsync(s, actor, training, model.Id, number, "trained");
            var updated = await resources.UpdateAsync(s, actor, model, after: new { Version = row.Number, row.Id, row.Flavor, Run = row.RunId, Files = source.Files.Count, TrainingData = training }, action: "model.version");
            return updated.TryGet(out var now, out var gone) ? (await VersionReader.ReadAsync(s, now.Name, [row]))[0] : gone;
        }, cancellationToken);
    }

    /// <summary>A version by its number or by an alias, or null.</summary>
    public static Task<VersionRow?> RowAsync(DbSession session, string modelId, string version)
        => version.Length > 0 && version.All(char.IsAsciiDigit)
            ? session.FirstAsync<VersionRow>("SELECT * FROM registry_versions WHERE model_id = @modelId AND number = @number", new { modelId, number = long.TryParse(version, CultureInfo.InvariantCulture, out var n) ? n : -1 })
            : session.FirstAsync<VersionRow>("SELECT v.* FROM registry_aliases a JOIN registry_versions v ON v.id = a.version_id WHERE a.model_id = @modelId AND a.alias = @version", new { modelId, version });

    public static Failure NoVersion(Resource model, string version) => new(ErrorCodes.NotFound, $"The model '{model.Name}' has no version or alias '{version}'.");

    private static Failure? Check(CreateModelVersion spec)
    {
        if (string.IsNullOrEmpty(spec.RunId)) return Failure.Invalid("runId", spec.RunId, "the id of a run");
        if (ArtifactPaths.Folder("artifactPath", spec.ArtifactPath).Failure is { } badFolder) return badFolder;
        if (spec.Flavor is not { Length: > 0 and <= 64 } || !spec.Flavor.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) return Failure.Invalid("flavor", spec.Flavor, "1 to 64 letters, digits, '-', '_' and '.', such as mlnet");
        if (spec.Description is { Length: > 100_000 } || spec.Description?.Contains('\0') == true) return Failure.Invalid("description", spec.Description, "at most 100000 characters without the character zero");
        if (Names.CheckTags(spec.Tags) is { } badTags) return badTags;
        if (spec.Tags?.FirstOrDefault(t => t.Key.Any(char.IsControl) || t.Value.Contains('\0')).Key is { } odd) return Failure.Invalid("tags", odd, "keys without control characters, values without the character zero");
        if (spec.TrainingData is { Count: > 100 }) return Failure.Invalid("trainingData", $"{spec.TrainingData.Count} references", "at most 100");
        for (var i = 0; i < (spec.TrainingData?.Count ?? 0); i++)
            if (!DataReference.IsValid(spec.TrainingData![i])) return Failure.Invalid($"trainingData[{i}]", spec.TrainingData[i], DataReference.Expected);
        if (spec.Signature is not null && SignatureRules.Check(spec.Signature) is { } badSignature) return badSignature;
        if (spec.InputExample is null) return null;
        return spec.Signature is null ? ExampleTensors.CheckLengths(spec.InputExample) : ExampleTensors.Build(spec.Signature, spec.InputExample).Failure;
    }
}
