using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Kernel.Ports;

/// <summary>Reads online features for endpoints. The feature store provides it; without one, endpoints cannot join features.</summary>
public interface IFeatureReader
{
    /// <summary>Prepares a plan to read features of a view, checking that the actor may use it.</summary>
    /// <param name="actor">Who sets up the endpoint.</param>
    /// <param name="view">The view, by name, <c>project.name</c> or id.</param>
    /// <param name="features">The features wanted, in order; null for all.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<Result<IFeaturePlan>> PlanAsync(Actor actor, string view, IReadOnlyList<string>? features, CancellationToken cancellationToken);
}

/// <summary>A prepared read of online features: no database, only the online store.</summary>
public interface IFeaturePlan
{
    /// <summary>Id of the view.</summary>
    string ViewId { get; }
    /// <summary>The entity: the input that callers send.</summary>
    Entity Entity { get; }
    /// <summary>The features, in the order of the tensors.</summary>
    IReadOnlyList<Feature> Features { get; }

    /// <summary>Reads the features of each key.</summary>
    /// <param name="keys">A tensor of INT64 (any integer type is accepted) or BYTES, one key a row.</param>
    /// <param name="policy">What to do for keys without features (or with expired ones).</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>A tensor a feature: int64 as INT64, float64 as FP64 (missing as NaN), boolean as BOOL, string as BYTES (missing as null); a missing int64 or boolean makes its column FP64. Failure: <c>features.missing</c>, naming the keys.</returns>
    ValueTask<Result<IReadOnlyList<Tensor>>> ReadAsync(Tensor keys, MissingFeaturesPolicy policy, CancellationToken cancellationToken);
}
