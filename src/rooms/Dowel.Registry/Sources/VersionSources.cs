using System.Text.RegularExpressions;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Sources;

/// <summary>What a version is made of.</summary>
internal sealed record VersionOrigin
{
    public required string Source { get; init; }
    /// <summary>Where it may be loaded from if there are no files; empty for the source.</summary>
    public string Storage { get; init; } = "";
    public string? RunId { get; init; }
    public string? ExperimentId { get; init; }
    public string ArtifactPath { get; init; } = "";
    public string? LoggedModelId { get; init; }
    public IReadOnlyList<ArtifactInfo> Files { get; init; } = [];
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
    public IReadOnlyList<string> TrainingData { get; init; } = [];
    public string Flavor { get; init; } = "";
    public ModelSignature? Signature { get; init; }
    public IReadOnlyDictionary<string, object?[]>? InputExample { get; init; }
}

/// <summary>Finds what a source names on this server, as the actor may use it, and takes a snapshot of its files: references to contents, which never change.</summary>
internal sealed partial class VersionSources(IDb db, IResourceService resources, IRunSource runs, MlModelReader mlModels)
{
    private const int MostFiles = 10_000;

    public async Task<Result<VersionOrigin>> ResolveAsync(Actor actor, Resource model, CreateModelVersion spec, CancellationToken cancellationToken)
    {
        var found = await FindAsync(actor, model, spec, cancellationToken);
        if (!found.TryGet(out var origin, out var failure)) return failure;
        if (origin.Files.Count > MostFiles) return Failure.Invalid("artifactPath", spec.ArtifactPath, $"a folder of at most {MostFiles} files");
        // The port is another room's: what becomes a path on this machine is checked here as well.
        if (origin.Files.Select(f => ArtifactPaths.Check("artifactPath", f.Path)).FirstOrDefault(f => f is not null) is { } badPath) return badPath;
        return origin.Flavor.Length > 0 ? origin : await mlModels.DescribeAsync(origin, cancellationToken);
    }

    private async Task<Result<VersionOrigin>> FindAsync(Actor actor, Resource model, CreateModelVersion spec, CancellationToken cancellationToken)
    {
        if (spec.Source is not { } source)
        {
            var folder = spec.ArtifactPath ?? "";
            if (!(await runs.GetAsync(actor, spec.RunId, folder, cancellationToken)).TryGet(out var run, out var failure)) return failure;
            return run.Files.Count == 0
                ? Failure.Invalid("artifactPath", spec.ArtifactPath, $"a folder with files among the artifacts of run '{spec.RunId}'")
                : Of(run, new VersionOrigin { Source = $"runs:/{run.Run!.Id}/{folder}", RunId = run.Run.Id, ArtifactPath = folder });
        }
        var named = new VersionOrigin { Source = source, RunId = spec.RunId.Length > 0 ? spec.RunId : null, LoggedModelId = spec.LoggedModelId is { Length: > 0 } id ? id : LoggedModel().Match(source) is { Success: true } m ? m.Groups[1].Value : null };
        if (SourceRules.IsPrompt(spec.Tags)) return named;
        if (await OwnAsync(actor, model, source, cancellationToken) is { } own) return own.Map(o => o with
        {
            RunId = named.RunId ?? o.RunId,
            ExperimentId = named.RunId is null || named.RunId == o.RunId ? o.ExperimentId : null,
            LoggedModelId = named.LoggedModelId ?? o.LoggedModelId,
        });
        if ((await runs.GetBySourceAsync(actor, source, named.RunId, named.LoggedModelId, cancellationToken)).TryGet(out var artifacts, out var gone)) return Of(artifacts, named);
        // A logged model must be there, as MLflow has it. Of any other source MLflow asks nothing: it may be anywhere, so what is unknown here, or hidden from the actor, is kept as it was given.
        return !LoggedModel().IsMatch(source) ? named : Unable(source, gone.Code == ErrorCodes.RoomOff ? gone : Failure.NotFound("logged model", named.LoggedModelId!));
    }

    private static VersionOrigin Of(RunArtifacts run, VersionOrigin named) => named with
    {
        RunId = named.RunId ?? run.Run?.Id,
        ExperimentId = named.RunId is null || named.RunId == run.Run?.Id ? run.ExperimentId : null,
        Files = run.Files,
        Metrics = run.Run?.Metrics ?? new Dictionary<string, double>(),
        TrainingData = run.Inputs,
    };

    /// <summary>A version of this registry, as <c>models:/NAME/VERSION</c>, <c>models:/NAME@ALIAS</c> or by its download URI; null for another source.</summary>
    private async Task<Result<VersionOrigin>?> OwnAsync(Actor actor, Resource into, string source, CancellationToken cancellationToken)
    {
        Resource? model;
        string version;
        if (Stored().Match(source) is { Success: true } stored)
            (model, version) = (await resources.GetAsync(actor, stored.Groups[1].Value, cancellationToken), stored.Groups[2].Value);
        else if (Named().Match(source) is { Success: true } named)
        {
            (var name, version) = (Uri.UnescapeDataString(named.Groups[1].Value), named.Groups[2].Value);
            // The name's nearest meaning is the project of the model that is registered into; a project that the actor is no member of has none.
            if (!(await resources.FindNamedAsync(actor, ResourceKind.Model, name, into.Info.Project, cancellationToken)).TryGet(out model, out _) || model is null)
                if (!(await resources.FindNamedAsync(actor, ResourceKind.Model, name, null, cancellationToken)).TryGet(out model, out var ambiguous)) return ambiguous;
        }
        else return null;
        var nothing = Failure.NotFound("model version", source);
        if (model is null || model.Info.Kind != ResourceKind.Model.Name || model.Info.Access < Permission.Use) return Unable(source, nothing);
        return await db.ReadAsync<Result<VersionOrigin>?>(async s => await VersionService.RowAsync(s, model.Id, version) is not { } row ? Unable(source, nothing) : new VersionOrigin
        {
            Source = source,
            Storage = row.Storage.Length > 0 ? row.Storage : row.Source,
            RunId = row.RunId.Length > 0 ? row.RunId : null,
            ExperimentId = row.ExperimentId,
            ArtifactPath = row.ArtifactPath,
            LoggedModelId = row.LoggedModelId.Length > 0 ? row.LoggedModelId : null,
            Files = [.. (await s.QueryAsync<FileRow>("SELECT path, hash, bytes FROM registry_files WHERE version_id = @Id", new { row.Id })).Select(f => new ArtifactInfo(f.Path, false, f.Bytes, f.Hash))],
            Metrics = VersionReader.Read<Dictionary<string, double>>(row.Metrics) ?? [],
            TrainingData = VersionReader.Read<string[]>(row.TrainingData) ?? [],
            Flavor = row.Flavor,
            Signature = VersionReader.Read<ModelSignature>(row.Signature),
            InputExample = VersionReader.Read<Dictionary<string, object?[]>>(row.InputExample),
        }, cancellationToken);
    }

    private static Failure Unable(string source, Failure why) => new(ErrorCodes.NotFound, $"Unable to fetch model from model URI source artifact location '{source}'. Error: {why.Detail}");

    [GeneratedRegex("^models:/(m-[^/@]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex LoggedModel();

    [GeneratedRegex("^mlflow-artifacts:/registry/([^/]+)/([^/]+)/?$", RegexOptions.CultureInvariant)]
    private static partial Regex Stored();

    [GeneratedRegex("^models:/([^/@]+)[/@]([^/@]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Named();
}
