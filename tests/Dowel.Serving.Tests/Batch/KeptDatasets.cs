using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Dowel.Tables;
using Dowel.Tables.Ingest;

namespace Dowel.Serving.Tests.Batch;

/// <summary>Datasets in a folder, without a catalog: anybody but a stranger may read them, and who contributes to a project may write there.</summary>
internal sealed class KeptDatasets(IDb db, IProjectAccess projects, DatasetFolder folder) : IDatasetFiles
{
    public async Task<Result<DatasetFile>> OpenAsync(Actor actor, string dataset, int? version, CancellationToken cancellationToken)
    {
        if (!folder.Sources.TryGetValue(dataset, out var path)) return Failure.NotFound("dataset", dataset);
        if (actor.UserName == "stranger") return new Failure(ErrorCodes.Forbidden, "not yours");
        var table = (await TableFile.DescribeAsync(path, cancellationToken)).Value;
        return new DatasetFile(dataset, $"alice.{dataset}", version ?? 1, table.RowCount, [.. table.Columns.Select(c => new ColumnInfo(c.Name, c.Type, c.Nullable))], path);
    }

    public Task<Result<ProjectRef>> CheckTargetAsync(Actor actor, string? project, string name, CancellationToken cancellationToken)
        => db.ReadAsync(s => projects.RequireAsync(s, actor, project, ProjectRole.Contributor), cancellationToken);

    public Task<Result<PublishedDataset>> PublishAsync(Actor actor, DatasetPublication publication, CancellationToken cancellationToken)
    {
        folder.BeforePublish?.Invoke(publication);
        return Task.FromResult<Result<PublishedDataset>>(folder.Publish(publication));
    }
}

/// <summary>What outlives a restart of the host.</summary>
internal sealed class DatasetFolder : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("dowel-test-");

    public ConcurrentDictionary<string, string> Sources { get; } = new();
    public ConcurrentQueue<DatasetPublication> Published { get; } = new();
    public Action<DatasetPublication>? BeforePublish { get; set; }

    /// <summary>A dataset of what a SELECT gives.</summary>
    public void Add(string name, string select)
    {
        var path = Path.Combine(_root.FullName, $"{name}.parquet");
        using var duck = Duck.Open();
        duck.Execute($"COPY ({select}) TO {Duck.Literal(path)} (FORMAT parquet, ROW_GROUP_SIZE 2048)");
        Sources[name] = path;
    }

    public PublishedDataset Publish(DatasetPublication publication)
    {
        if (Published.FirstOrDefault(p => p.Name == publication.Name && p.Key == publication.Key) is null)
        {
            var copy = Path.Combine(_root.FullName, $"out-{Guid.NewGuid():n}.parquet");
            File.Copy(publication.Path, copy);
            Published.Enqueue(publication with { Path = copy });
        }
        return new PublishedDataset(publication.Name, 1);
    }

    /// <summary>The rows of what was published under a name, as DuckDB prints them.</summary>
    public List<string> Rows(string name, string columns = "*", string more = "")
    {
        var path = Published.Last(p => p.Name == name).Path;
        using var duck = Duck.Open();
        return duck.Query($"SELECT CAST(({columns}) AS VARCHAR) FROM {Duck.ReadParquet(path)} {more}", r => r.IsDBNull(0) ? "NULL" : r.GetString(0));
    }

    /// <summary>The columns of what was published under a name.</summary>
    public string Columns(string name)
    {
        using var duck = Duck.Open();
        return string.Join(", ", duck.Describe(Duck.ReadParquet(Published.Last(p => p.Name == name).Path)).Select(c => $"{c.Name} {c.Type}"));
    }

    public void Dispose() => _root.Delete(recursive: true);
}
