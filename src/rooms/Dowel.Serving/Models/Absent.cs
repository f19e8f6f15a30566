using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Models;

/// <summary>The feature reader when there is no feature store.</summary>
internal sealed class NoFeatureReader : IFeatureReader
{
    public Task<Result<IFeaturePlan>> PlanAsync(Actor actor, string view, IReadOnlyList<string>? features, CancellationToken cancellationToken)
        => Task.FromResult<Result<IFeaturePlan>>(new Failure(ErrorCodes.RoomOff, "The feature store is off, so an endpoint cannot join features; it is switched on by Rooms__Features=true."));
}

/// <summary>Ground truth when there is no observability.</summary>
internal sealed class NoGroundTruth : IGroundTruth
{
    public Task<Result<GroundTruthResult>> SendAsync(Actor actor, string endpoint, SendGroundTruth truth, CancellationToken cancellationToken)
        => Task.FromResult<Result<GroundTruthResult>>(new Failure(ErrorCodes.RoomOff, "Predictions are not kept on this server, so there is nothing to compare with; that is switched on by Rooms__Observability=true."));
}

/// <summary>The prediction log when there is no observability.</summary>
internal sealed class NoPredictionSink : IPredictionSink
{
    public void Append(in PredictionRecord record)
    {
    }
}

/// <summary>Datasets when there is no catalog.</summary>
internal sealed class NoDatasetFiles : IDatasetFiles
{
    private static readonly Failure Off = new(ErrorCodes.RoomOff, "The catalog is off, so there are no datasets to read and write; it is switched on by Rooms__Catalog=true.");

    public Task<Result<DatasetFile>> OpenAsync(Actor actor, string dataset, int? version, CancellationToken cancellationToken) => Task.FromResult<Result<DatasetFile>>(Off);

    public Task<Result<ProjectRef>> CheckTargetAsync(Actor actor, string? project, string name, CancellationToken cancellationToken) => Task.FromResult<Result<ProjectRef>>(Off);

    public Task<Result<PublishedDataset>> PublishAsync(Actor actor, DatasetPublication publication, CancellationToken cancellationToken) => Task.FromResult<Result<PublishedDataset>>(Off);
}
