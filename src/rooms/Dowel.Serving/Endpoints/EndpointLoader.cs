using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Kernel.Secrets;
using Dowel.Serving.Deployments;
using Dowel.Serving.Graphs;
using Dowel.Serving.Models;
using Dowel.Serving.Observed;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Endpoints;

/// <summary>Brings what answers for a deployment up: a model version, an image, a server elsewhere or a graph.</summary>
internal sealed class EndpointLoader(IModelSource models, IFeatureReader features, IEnumerable<IModelRuntime> runtimes, IEnumerable<IServerRuntime> servers, SharedModels shared, DeploymentLogs logs, ISecrets secrets,
    IOptions<ServingOptions> options, TimeProvider time)
{
    /// <summary>The runtime of a flavor, or what there is.</summary>
    public Result<IModelRuntime> RuntimeOf(string flavor)
        => runtimes.FirstOrDefault(r => r.Flavor == flavor) is { } runtime
            ? Result.Ok(runtime)
            : Failure.Invalid("deployment.model", flavor, $"a model of a flavor that runs here: {string.Join(", ", runtimes.Select(r => r.Flavor))}");

    /// <summary>What runs images or connects to other servers.</summary>
    public Result<IServerRuntime> ServerOf(string kind)
        => servers.FirstOrDefault(s => s.Kind == kind) is { } server
            ? Result.Ok(server)
            : Failure.Invalid($"deployment.{(kind == "docker" ? "container" : kind)}", kind, "a model version; this server is built without what runs it");

    /// <summary>The plan of a model's inputs, checked for <paramref name="actor"/>.</summary>
    public Task<Result<InputPlan>> PlanAsync(Actor actor, ModelSignature signature, string? view, CancellationToken cancellationToken)
        => InputPlan.CreateAsync(signature, view is null ? null : names => features.PlanAsync(actor, view, names, cancellationToken));

    public async Task<Result<LoadedDeployment>> LoadAsync(LiveEndpoint endpoint, DeploymentRow row, CancellationToken cancellationToken)
    {
        var settings = row.SettingsOf;
        var log = logs.Of(row.Id);
        var host = new ModelHost($"{endpoint.Name}/{row.Name}", log, settings);
        log.Write($"starting {row.Model}{(row.Version > 0 ? $" version {row.Version}" : "")} ({row.Runtime})");
        var prepared = await PrepareAsync(endpoint, row, host, cancellationToken);
        if (!prepared.TryGet(out var start, out var failure)) return Failed(failure);
        var replicas = new ReplicaSet(start.Replica);
        try
        {
            await replicas.ScaleAsync(start.IsShared ? 1 : Math.Max(settings.Scaling?.Min ?? row.Replicas, 1), cancellationToken);
            var planned = await PlanAsync(Actor.System, start.Artifact.Signature ?? replicas.First.Signature, endpoint.Row.FeaturesView, cancellationToken);
            if (planned.TryGet(out var plan, out failure))
            {
                log.Write("ready");
                return new LoadedDeployment(start.Artifact, plan, replicas, settings, start.IsShared, TimeSpan.FromSeconds(settings.TimeoutSeconds ?? options.Value.TimeoutSeconds), time);
            }
        }
        catch (ModelException e)
        {
            failure = new Failure(ErrorCodes.ModelFailed, e.Message);
        }
        catch
        {
            await replicas.DisposeAsync();
            throw;
        }
        await replicas.DisposeAsync();
        return Failed(failure);

        Failure Failed(Failure why)
        {
            log.Write($"could not be started: {why.Detail}");
            return why;
        }
    }

    private async Task<Result<Start>> PrepareAsync(LiveEndpoint endpoint, DeploymentRow row, ModelHost host, CancellationToken cancellationToken)
    {
        var source = row.SourceOf;
        var artifact = new ModelArtifact { Name = row.Model, Version = 0, Flavor = row.Runtime, Folder = "", Signature = source.Observed?.Signature };
        if (source.Graph is { } graph) return new Start(artifact, true, (_, _) => Task.FromResult<ILoadedModel>(new GraphModel(graph, source.GraphEndpoints ?? new Dictionary<string, string>())));
        if (source.Observed is not null) return new Start(artifact, true, (_, _) => Task.FromResult<ILoadedModel>(new ObservedModel()));
        if (source.Kind is { } kind)
        {
            if (!ServerOf(kind).TryGet(out var server, out var none)) return none;
            var open = source.Unprotect(secrets);
            return new Start(artifact, false, (replica, ct) => server.StartAsync(new ServerSource(endpoint.Id, row.Id, replica, open.Container, open.Remote), host, ct));
        }
        var resolved = await models.ResolveAsync(Actor.System, row.ModelReference, row.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
        if (!resolved.TryGet(out artifact, out var failure)) return failure;
        if (!RuntimeOf(artifact.Flavor).TryGet(out var runtime, out failure)) return failure;
        // A plain folder may have changed since it was loaded.
        return runtime.IsShared && artifact.VersionId.Length > 0
            ? new Start(artifact, true, (_, _) => shared.GetAsync($"{runtime.Flavor}:{artifact.VersionId}", () => runtime.LoadAsync(artifact, host, CancellationToken.None)))
            : new Start(artifact, runtime.IsShared, (_, ct) => runtime.LoadAsync(artifact, host, ct));
    }

    private sealed record Start(ModelArtifact Artifact, bool IsShared, Func<int, CancellationToken, Task<ILoadedModel>> Replica);
}
