using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Serving.Gateway;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Endpoints;

/// <inheritdoc cref="IModelRepository"/>
internal sealed class EndpointRepository(EndpointTable table, EndpointService service, IResourceService resources, IOptions<ServingOptions> options, TimeProvider time) : IModelRepository
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    public async Task<IReadOnlyList<RepositoryModel>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        var visible = await resources.AllAsync(actor, ResourceKind.Endpoint, Permission.Read, cancellationToken);
        return [.. visible.Select(r => table.FindById(r.Id)).OfType<LiveEndpoint>().Select(Describe).OrderBy(m => m.Name, StringComparer.Ordinal)];
    }

    public async Task<Result<Unit>> LoadAsync(Actor actor, string endpoint, CancellationToken cancellationToken)
    {
        var found = await SetStoppedAsync(actor, endpoint, false, cancellationToken);
        if (!found.TryGet(out var id, out var failure)) return failure;
        var until = time.GetTimestamp() + time.TimestampFrequency * options.Value.TimeoutSeconds;
        while (true)
        {
            if (table.FindById(id) is not { } live) return Failure.NotFound("endpoint", endpoint);
            if (live.Active is not null) return Result.Done;
            if (live.State != DeploymentState.Loading || time.GetTimestamp() > until)
                return new Failure(ErrorCodes.NotReady, $"The endpoint '{live.Name}' is {live.State.ToString().ToLowerInvariant()}. {Describe(live).Reason}".TrimEnd());
            await Task.Delay(Step, time, cancellationToken);
        }
    }

    public async Task<Result<Unit>> UnloadAsync(Actor actor, string endpoint, CancellationToken cancellationToken)
        => (await SetStoppedAsync(actor, endpoint, true, cancellationToken)).Map(_ => Unit.Value);

    /// <summary>The endpoint's id, once it is as wished.</summary>
    private async Task<Result<string>> SetStoppedAsync(Actor actor, string endpoint, bool stopped, CancellationToken cancellationToken)
    {
        var found = await resources.FindAsync(actor, ResourceKind.Endpoint, endpoint, Permission.Edit, cancellationToken);
        if (!found.TryGet(out var resource, out var failure)) return failure;
        // Asked again, it is no change, and stands in no trail.
        if (table.FindById(resource.Id)?.Row.Stopped == stopped) return resource.Id;
        return (await service.UpdateAsync(actor, resource, new PatchEndpoint { Stopped = stopped }, null, cancellationToken)).Map(_ => resource.Id);
    }

    private static RepositoryModel Describe(LiveEndpoint live)
    {
        var shown = live.Active ?? live.Deployments.LastOrDefault();
        var reason = live.Active is not null ? null : live.State == DeploymentState.Stopped ? "It is stopped." : shown?.Message;
        return new(live.Name, shown?.Row.Version.ToString(CultureInfo.InvariantCulture) ?? "", live.State, reason ?? "");
    }
}
