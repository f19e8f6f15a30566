using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Observability.GroundTruth;

/// <inheritdoc cref="IGroundTruth"/>
internal sealed class GroundTruthPort(GroundTruthService service, IResourceService resources) : IGroundTruth
{
    public async Task<Result<GroundTruthResult>> SendAsync(Actor actor, string endpoint, SendGroundTruth truth, CancellationToken cancellationToken)
    {
        var found = await resources.FindAsync(actor, ResourceKind.Endpoint, endpoint, Permission.Use, cancellationToken);
        return found.TryGet(out var resource, out var failure) ? await service.SendAsync(actor, resource, truth, cancellationToken) : failure;
    }
}
