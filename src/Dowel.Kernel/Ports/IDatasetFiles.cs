using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Ports;

/// <summary>Datasets as Parquet files, for work that reads one and makes another. The catalog provides it.</summary>
public interface IDatasetFiles
{
    /// <summary>A version's file on this machine, checking that the actor may use the dataset.</summary>
    /// <param name="actor">Who reads it.</param>
    /// <param name="dataset">The dataset, by name, <c>project.name</c> or id.</param>
    /// <param name="version">The version; null for the newest.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<Result<DatasetFile>> OpenAsync(Actor actor, string dataset, int? version, CancellationToken cancellationToken);

    /// <summary>Checks that the actor may publish to a dataset, which need not be there yet.</summary>
    /// <param name="actor">Who will publish.</param>
    /// <param name="project">The project, by name or id; null for the actor's own.</param>
    /// <param name="name">The dataset's name.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The project.</returns>
    Task<Result<ProjectRef>> CheckTargetAsync(Actor actor, string? project, string name, CancellationToken cancellationToken);

    /// <summary>Makes a Parquet file a new version of a dataset, and the dataset if it is not there: all of it or nothing. Published again under the same key, the version is the one that is there.</summary>
    /// <param name="actor">In whose name.</param>
    /// <param name="publication">What is published.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<Result<PublishedDataset>> PublishAsync(Actor actor, DatasetPublication publication, CancellationToken cancellationToken);
}

/// <summary>A version of a dataset as a file.</summary>
/// <param name="Id">Id of the dataset.</param>
/// <param name="Name">The dataset, as <c>project.name</c>.</param>
/// <param name="Version">The version.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Path">The Parquet file; read only.</param>
public sealed record DatasetFile(string Id, string Name, int Version, long Rows, IReadOnlyList<ColumnInfo> Columns, string Path);

/// <summary>What is published to a dataset.</summary>
public sealed record DatasetPublication
{
    /// <summary>The project, by name or id.</summary>
    public required string Project { get; init; }
    /// <summary>The dataset's name.</summary>
    public required string Name { get; init; }
    /// <summary>Its description, where it is made.</summary>
    public string Description { get; init; } = "";
    /// <summary>The Parquet file.</summary>
    public required string Path { get; init; }
    /// <summary>What it comes of; stands as the version's source, and makes it one version however often it is published.</summary>
    public required string Key { get; init; }
    /// <summary>What it was made from.</summary>
    public IReadOnlyList<MadeFrom> MadeFrom { get; init; } = [];
}

/// <summary>A thing that another was made from.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version, or empty.</param>
/// <param name="Relation">How, as the lineage calls it.</param>
public sealed record MadeFrom(string Id, string Version, string Relation);

/// <summary>A version that was published.</summary>
/// <param name="Id">Id of the dataset.</param>
/// <param name="Version">The version.</param>
public sealed record PublishedDataset(string Id, int Version);
