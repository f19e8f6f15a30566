using Dowel.Contracts;
using Dowel.Features.Online;
using Dowel.Features.Views;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Features.Joins;

/// <summary>Prepares reads of online features for endpoints.</summary>
internal sealed class FeatureReader(IResourceService resources, ViewCatalog catalog, OnlineStore store, FeatureStartup startup, TimeProvider time) : IFeatureReader
{
    public async Task<Result<IFeaturePlan>> PlanAsync(Actor actor, string view, IReadOnlyList<string>? features, CancellationToken cancellationToken)
    {
        await startup.ReadyAsync().WaitAsync(cancellationToken);
        if (!(await resources.FindAsync(actor, ResourceKind.FeatureView, view, Permission.Use, cancellationToken)).TryGet(out var resource, out var failure)) return failure;
        if (catalog.Find(resource.Id) is not { } schema) return Failure.NotFound("feature view", view);
        if (!schema.Online) return new Failure(ErrorCodes.Conflict, $"The feature view '{resource.Name}' is not kept online, so endpoints cannot join it.");
        var indexes = features is null ? [.. Enumerable.Range(0, schema.Features.Count)] : new int[features.Count];
        for (var i = 0; features is not null && i < indexes.Length; i++)
            if ((indexes[i] = schema.IndexOf(features[i])) < 0)
                return Failure.Invalid("features", features[i], $"a feature of the view '{resource.Name}': {string.Join(", ", schema.Features.Take(50).Select(f => f.Name))}");
        if (indexes.Length == 0) return Failure.Invalid("features", "none", "at least one feature");
        return new FeaturePlan(schema, indexes, catalog, store, time);
    }
}
