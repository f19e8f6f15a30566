using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Endpoints;

/// <summary>Brings a deployment's model into this process.</summary>
internal sealed class EndpointLoader(IModelSource models, IFeatureReader features, IEnumerable<IModelRuntime> runtimes)
{
    /// <summary>The runtime of a flavor, or what there is.</summary>
    public Result<IModelRuntime> RuntimeOf(string flavor)
        => runtimes.FirstOrDefault(r => r.Flavor == flavor) is { } runtime
            ? Result.Ok(runtime)
            : Failure.Invalid("deployment.model", flavor, $"a model of a flavor that runs here: {string.Join(", ", runtimes.Select(r => r.Flavor))}");

    /// <summary>The plan of a model's inputs, checked for <paramref name="actor"/>.</summary>
    public Task<Result<InputPlan>> PlanAsync(Actor actor, ModelSignature signature, string? view, CancellationToken cancellationToken)
        => InputPlan.CreateAsync(signature, view is null ? null : names => features.PlanAsync(actor, view, names, cancellationToken));

    public async Task<Result<LoadedDeployment>> LoadAsync(EndpointRow endpoint, DeploymentRow row, CancellationToken cancellationToken)
    {
        var resolved = await models.ResolveAsync(Actor.System, row.ModelReference, row.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
        if (!resolved.TryGet(out var artifact, out var failure)) return failure;
        if (!RuntimeOf(artifact.Flavor).TryGet(out var runtime, out failure)) return failure;
        var replicas = new List<ILoadedModel>();
        try
        {
            for (var i = 0; i < row.Replicas; i++) replicas.Add(await runtime.LoadAsync(artifact, cancellationToken));
            var planned = await PlanAsync(Actor.System, artifact.Signature ?? replicas[0].Signature, endpoint.FeaturesView, cancellationToken);
            if (planned.TryGet(out var plan, out failure)) return new LoadedDeployment(artifact, replicas, plan);
        }
        catch (ModelException e)
        {
            failure = new Failure(ErrorCodes.ModelFailed, e.Message);
        }
        foreach (var replica in replicas) await replica.DisposeAsync();
        return failure;
    }
}
