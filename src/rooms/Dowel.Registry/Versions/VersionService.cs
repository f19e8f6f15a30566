using System.Globalization;
using System.Text.Json;
using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.History;
using Dowel.Registry.Sources;

namespace Dowel.Registry.Versions;

/// <summary>Versions of models: registered once, from a run's files or any source; the files never change.</summary>
internal sealed class VersionService(IDb db, IResourceService resources, VersionSources sources, HistoryLog history, ILineage lineage, TimeProvider time)
{
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
            return new Page<ModelVersion> { Items = await VersionReader.ReadAsync(s, page.Items, _ => model.Name), NextCursor = page.NextCursor };
        }, cancellationToken);
    }

    public Task<Result<ModelVersion>> GetAsync(Resource model, string version, CancellationToken cancellationToken) => db.ReadAsync<Result<ModelVersion>>(async s =>
        await RowAsync(s, model.Id, version) is { } row ? (await VersionReader.ReadAsync(s, [row], _ => model.Name))[0] : NoVersion(model, version), cancellationToken);

    /// <summary>Where a version may be loaded from: the registry's own snapshot where it has files, else where its source says.</summary>
    public Task<Result<string>> DownloadUriAsync(Resource model, string version, CancellationToken cancellationToken) => db.ReadAsync<Result<string>>(async s =>
        await RowAsync(s, model.Id, version) is not { } row ? NoVersion(model, version)
            : await s.ScalarAsync<string>("SELECT path FROM registry_files WHERE version_id = @Id LIMIT 1", new { row.Id }) is not null ? VersionFiles.Uri(model.Id, row.Number)
            : row.Storage.Length > 0 ? row.Storage : row.Source, cancellationToken);

    public async Task<Result<ModelVersion>> CreateAsync(Actor actor, Resource model, CreateModelVersion spec, CancellationToken cancellationToken)
    {
        if (Check(spec) is { } wrong) return wrong;
        var example = spec.InputExample is null ? null : JsonSerializer.Serialize(spec.InputExample, DowelJson.Options);
        if (example?.Length > MostExampleChars) return Failure.Invalid("inputExample", $"{example.Length} characters of JSON", $"at most {MostExampleChars}");
        if (!(await sources.ResolveAsync(actor, model, spec, cancellationToken)).TryGet(out var source, out var failure)) return failure;
        if (spec is { Source: null, Flavor: "" } && source.Flavor.Length == 0) return Failure.Invalid("flavor", spec.Flavor, "1 to 64 characters, such as mlnet, or files with MLflow's MLmodel among them");
        var training = spec.TrainingData ?? source.TrainingData;
        return await db.WriteAsync<ModelVersion>(async s =>
        {
            if (await s.ExecuteAsync("UPDATE registry_models SET last_version = last_version + 1 WHERE id = @Id", new { model.Id }) == 0) return Failure.NotFound("model", model.Name);
            var row = new VersionRow
            {
                Id = Ids.New("mv"),
                ModelId = model.Id,
                Number = await s.ScalarAsync<long>("SELECT last_version FROM registry_models WHERE id = @Id", new { model.Id }),
                Description = spec.Description ?? "",
                Flavor = spec.Flavor.Length > 0 ? spec.Flavor : source.Flavor,
                Signature = Write(spec.Signature ?? source.Signature),
                InputExample = example ?? Write(source.InputExample),
                RunId = source.RunId ?? "",
                ExperimentId = source.ExperimentId ?? "",
                ArtifactPath = source.ArtifactPath,
                Metrics = JsonSerializer.Serialize(source.Metrics, DowelJson.Options),
                TrainingData = JsonSerializer.Serialize(training),
                CreatedAt = time.NowMicros(),
                CreatedById = actor.UserId,
                CreatedBy = actor.UserName,
                Source = source.Source,
                SourceSort = SortText.Of(source.Source),
                Storage = source.Storage,
                RunLink = spec.RunLink ?? "",
                LoggedModelId = source.LoggedModelId ?? "",
            };
            row.UpdatedAt = row.CreatedAt;
            await s.ExecuteAsync("""
                INSERT INTO registry_versions (id, model_id, number, description, flavor, signature, input_example, run_id, experiment_id, artifact_path, metrics, training_data, created_at, created_by_id, created_by,
                    source, source_sort, storage, run_link, logged_model_id, stage, updated_at)
                VALUES (@Id, @ModelId, @Number, @Description, @Flavor, @Signature, @InputExample, @RunId, @ExperimentId, @ArtifactPath, @Metrics, @TrainingData, @CreatedAt, @CreatedById, @CreatedBy,
                    @Source, @SourceSort, @Storage, @RunLink, @LoggedModelId, @Stage, @UpdatedAt)
                """, row);
            if (source.Files.Count > 0)
                await s.ExecuteAsync("INSERT INTO registry_files (version_id, path, hash, bytes) VALUES (@Id, @Path, @Hash, @Bytes)", source.Files.Select(f => new { row.Id, f.Path, f.Hash, f.Bytes }).ToList());
            if (spec.Tags is { Count: > 0 } tags)
                await s.ExecuteAsync("INSERT INTO registry_version_tags (version_id, name, value, sort_value) VALUES (@Id, @Key, @Value, @sort)", tags.Select(t => new { row.Id, t.Key, t.Value, sort = SortText.Of(t.Value) }).ToList());
            var number = row.Number.ToString(CultureInfo.InvariantCulture);
            if (row is { ExperimentId.Length: > 0, RunId.Length: > 0 }) await lineage.AddAsync(s, row.ExperimentId, row.RunId, model.Id, number, "registered");
            await lineage.AddReferencesAsync(s, actor, training, model.Id, number, "trained");
            await history.AddAsync(s, actor, model.Id, ModelChangeKind.Version, row.Number, "", null, row.Source, null);
            var updated = await resources.UpdateAsync(s, actor, model, after: new { Version = row.Number, row.Id, row.Flavor, row.Source, Run = row.RunId, Files = source.Files.Count, TrainingData = training }, action: "model.version");
            return updated.TryGet(out var now, out var gone) ? (await VersionReader.ReadAsync(s, [row], _ => now.Name))[0] : gone;
        }, cancellationToken);
    }

    /// <summary>A version by its number or by an alias, or null.</summary>
    public static Task<VersionRow?> RowAsync(DbSession session, string modelId, string version)
        => version.Length > 0 && version.All(char.IsAsciiDigit)
            ? session.FirstAsync<VersionRow>("SELECT * FROM registry_versions WHERE model_id = @modelId AND number = @number", new { modelId, number = long.TryParse(version, CultureInfo.InvariantCulture, out var n) ? n : -1 })
            : session.FirstAsync<VersionRow>("SELECT v.* FROM registry_aliases a JOIN registry_versions v ON v.id = a.version_id WHERE a.model_id = @modelId AND a.alias = @version", new { modelId, version });

    public static Failure NoVersion(Resource model, string version) => new(ErrorCodes.NotFound, $"The model '{model.Name}' has no version or alias '{version}'.");

    public static Failure? CheckTags(IReadOnlyDictionary<string, string>? tags)
        => Names.CheckTags(tags) ?? (tags?.FirstOrDefault(t => t.Key.Any(char.IsControl) || t.Value.Contains('\0')).Key is { } odd ? Failure.Invalid("tags", odd, "keys without control characters, values without the character zero") : null);

    private static string? Write<T>(T? value) where T : class => value is null ? null : JsonSerializer.Serialize(value, DowelJson.Options);

    private static Failure? Check(CreateModelVersion spec)
    {
        if (spec.Source is null && string.IsNullOrEmpty(spec.RunId)) return Failure.Invalid("runId", spec.RunId, "the id of a run, or a source");
        if (spec.Source is { } source && SourceRules.Check(source, SourceRules.IsPrompt(spec.Tags)) is { } badSource) return badSource;
        if (ArtifactPaths.Folder("artifactPath", spec.ArtifactPath).Failure is { } badFolder) return badFolder;
        foreach (var (field, value) in new[] { ("runId", spec.RunId), ("loggedModelId", spec.LoggedModelId), ("runLink", spec.RunLink) })
            if (value?.Length > (field == "runLink" ? SourceRules.MaxLength : field == "runId" ? 64 : 250) || value?.Contains('\0') == true) return Failure.Invalid(field, value, "a shorter text, without the character zero");
        if (spec.Flavor is not { Length: <= 64 } || !spec.Flavor.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) return Failure.Invalid("flavor", spec.Flavor, "at most 64 letters, digits, '-', '_' and '.', such as mlnet");
        if (spec.Description is { Length: > 100_000 } || spec.Description?.Contains('\0') == true) return Failure.Invalid("description", spec.Description, "at most 100000 characters without the character zero");
        if (CheckTags(spec.Tags) is { } badTags) return badTags;
        if (spec.TrainingData is { Count: > 100 }) return Failure.Invalid("trainingData", $"{spec.TrainingData.Count} references", "at most 100");
        for (var i = 0; i < (spec.TrainingData?.Count ?? 0); i++)
            if (!DataReference.IsValid(spec.TrainingData![i])) return Failure.Invalid($"trainingData[{i}]", spec.TrainingData[i], DataReference.Expected);
        if (spec.Signature is not null && SignatureRules.Check(spec.Signature) is { } badSignature) return badSignature;
        if (spec.InputExample is null) return null;
        return spec.Signature is null ? ExampleTensors.CheckLengths(spec.InputExample) : ExampleTensors.Build(spec.Signature, spec.InputExample).Failure;
    }
}
