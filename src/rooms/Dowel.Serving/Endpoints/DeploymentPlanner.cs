using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Kernel.Secrets;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Deployments;
using Dowel.Serving.Graphs;
using Dowel.Serving.Models;

namespace Dowel.Serving.Endpoints;

/// <summary>Checks what is to be deployed, for who deploys it, and makes its row. Nothing is started.</summary>
internal sealed class DeploymentPlanner(EndpointLoader loader, IModelSource models, GraphPlanner graphs, ICodePolicy code, ISecrets secrets, TimeProvider time)
{
    /// <param name="actor">Who deploys it.</param>
    /// <param name="spec">What to deploy.</param>
    /// <param name="endpointId">The endpoint; null for a new one.</param>
    /// <param name="join">The features that the endpoint joins; null for none.</param>
    /// <param name="current">What it replaces; null for the first one.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<Result<PlannedDeployment>> PlanAsync(Actor actor, DeploymentSpec spec, string? endpointId, FeatureJoin? join, DeploymentRow? current, CancellationToken cancellationToken)
    {
        var settings = spec.Settings ?? current?.SettingsOf ?? new DeploymentSettings();
        if (spec.Replicas is < 1 or > SettingsCheck.MostReplicas) return Failure.Invalid("deployment.replicas", spec.Replicas, $"1 to {SettingsCheck.MostReplicas}");
        if (SettingsCheck.Of(settings) is { } wrong) return wrong;
        var source = new DeploymentSource { Container = spec.Container, Remote = spec.Remote, Graph = spec.Graph, Observed = spec.Observed };
        string[] given = [.. new[] { spec.Model.Length > 0 ? "model" : null, spec.Container is null ? null : "container", spec.Remote is null ? null : "remote", spec.Graph is null ? null : "graph", spec.Observed is null ? null : "observed" }.OfType<string>()];
        if (given.Length == 0 && current?.SourceOf is { Kind: not null } kept) source = kept.Unprotect(secrets);
        else if (given.Length > 1) return Failure.Invalid("deployment", string.Join(" and ", given), "one of model, container, remote, graph and observed");
        else if (current?.SourceOf is { } old) source = source.KeepSecrets(old.Unprotect(secrets));
        var row = new DeploymentRow { Id = Ids.New("dep"), Beside = spec.Beside && current is not null, Replicas = spec.Replicas ?? current?.Replicas ?? 1, Settings = Json.Write(settings), CreatedAt = time.NowMicros() };
        if (current is not null) row.CreatedAt = Math.Max(row.CreatedAt, current.CreatedAt + 1);

        Result<ModelSignature?> planned = source.Kind is null ? await ModelAsync(actor, spec, current, row, cancellationToken) : await SourceAsync(actor, source, endpointId, row, cancellationToken);
        if (!planned.TryGet(out var signature, out var failure)) return failure;
        if (join is null) return new PlannedDeployment(row, null);
        if (signature is null) return Failure.Invalid("features.view", join.View, "nothing, as the model has no signature that says which features it takes");
        return (await loader.PlanAsync(actor, signature, join.View, cancellationToken)).Map(plan => new PlannedDeployment(row, plan.Features!.ViewId));
    }

    private async Task<Result<ModelSignature?>> ModelAsync(Actor actor, DeploymentSpec spec, DeploymentRow? current, DeploymentRow row, CancellationToken cancellationToken)
    {
        var model = spec.Model.Length > 0 ? spec.Model : current?.ModelReference ?? "";
        if (string.IsNullOrWhiteSpace(model)) return Failure.Invalid("deployment.model", spec.Model, "the name of a model");
        if (spec is { Version: not null, Alias: not null }) return Failure.Invalid("deployment.alias", spec.Alias, "either a version or an alias");
        var alias = spec.Version is null ? spec.Alias ?? "production" : null;
        var resolved = await models.ResolveAsync(actor, model, alias ?? spec.Version!.Value.ToString(CultureInfo.InvariantCulture), cancellationToken);
        if (!resolved.TryGet(out var artifact, out var failure)) return failure;
        if (artifact.Refused.Count > 0 && !spec.AllowRefused)
            return new Failure(ErrorCodes.GateFailed with { Remedy = "Deploy a version that passed its gate, or this one all the same with allowRefused." },
                $"Version {artifact.Version} of '{artifact.Name}' was refused by its gate.", [.. artifact.Refused.Select(c => new FieldError(c.Name, c.Given, c.Expected))]);
        if (!loader.RuntimeOf(artifact.Flavor).TryGet(out var runtime, out failure)) return failure;
        if (runtime.RunsCode && code.Check(actor) is { } forbidden) return forbidden;
        (row.Name, row.ModelId, row.Model, row.Version, row.Alias, row.Runtime) = ($"v{artifact.Version}", artifact.ModelId, artifact.Name, artifact.Version, alias, runtime.Flavor);
        return artifact.Signature;
    }

    private async Task<Result<ModelSignature?>> SourceAsync(Actor actor, DeploymentSource source, string? endpointId, DeploymentRow row, CancellationToken cancellationToken)
    {
        var kind = source.Kind!;
        if (source.Graph is { } graph)
        {
            if (!(await graphs.CheckAsync(actor, graph, endpointId, cancellationToken)).TryGet(out var ids, out var wrong)) return wrong;
            source = source with { GraphEndpoints = ids };
        }
        foreach (var (i, spec) in (source.Observed?.Signature?.Inputs ?? []).Concat(source.Observed?.Signature?.Outputs ?? []).Index())
            if (Datatypes.TypeOf(spec.Datatype) is null) return Failure.Invalid($"deployment.observed.signature[{i}].datatype", spec.Datatype, $"one of {string.Join(", ", Datatypes.All.Order())}");
        if (kind is "docker" or "remote")
        {
            if (!loader.ServerOf(kind).TryGet(out var server, out var none)) return none;
            if (server.Check(actor, new ServerSource("", row.Id, 0, source.Container, source.Remote)) is { } refused) return refused;
        }
        (row.Name, row.Model, row.Runtime, row.Source) = (NameOf(source), Short(source.Label, 200), kind, Json.Write(source.Protect(secrets)));
        return Result.Ok(source.Observed?.Signature);
    }

    // What tells it from the one before: an image's last part and tag.
    private static string NameOf(DeploymentSource source)
    {
        if (source.Container is not { } container) return source.Kind!;
        var name = new string([.. container.Image[(container.Image.LastIndexOf('/') + 1)..].Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]);
        return Short(name.Split("-sha256-")[0], 64);
    }

    private static string Short(string text, int most) => text.Length > most ? text[..most] : text;
}

/// <summary>A deployment that may be made.</summary>
/// <param name="Row">Its row, without the endpoint's id and traffic.</param>
/// <param name="ViewId">Id of the feature view that is joined.</param>
internal sealed record PlannedDeployment(DeploymentRow Row, string? ViewId);
