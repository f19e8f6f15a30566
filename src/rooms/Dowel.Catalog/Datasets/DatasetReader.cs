using Dowel.Catalog.Uploads;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Tables;
using Dowel.Tables.Queries;
using Dowel.Tables.Workers;
using Microsoft.AspNetCore.Http;

namespace Dowel.Catalog.Datasets;

/// <summary>Reads the rows of a version: the first few, or all as a file.</summary>
internal sealed class DatasetReader(DatasetVersions versions, IObjectStore objects, WorkFolder folder, TableWorkers workers, HeavyWork work)
{
    private const int MaxSample = 1000;

    public async Task<Result<TableData>> SampleAsync(Actor actor, Resource dataset, int? version, int? limit, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > MaxSample) return Failure.Invalid("limit", limit, $"a number from 1 to {MaxSample}");
        if (!(await versions.FindAsync(dataset, version, cancellationToken)).TryGet(out var found, out var failure)) return failure;
        var table = new QueryTable("version", "data", [await versions.FileAsync(found, cancellationToken)]);
        var rows = limit ?? 50;
        var read = await work.QueryAsync(actor,
            () => workers.QueryAsync([table], $"SELECT * FROM version.data LIMIT {rows}", new QueryLimits { MaxRows = rows }, cancellationToken), cancellationToken);
        return read.Map(r => new TableData { Columns = found.Columns, Rows = r.Rows });
    }

    public async Task<IResult> DataAsync(HttpContext context, Resource dataset, int? version, string? format)
    {
        var cancellationToken = context.RequestAborted;
        if (!(await versions.FindAsync(dataset, version, cancellationToken)).TryGet(out var found, out var failure)) return new ApiResult<Unit>(failure);
        var name = $"{FileName(dataset.Name)}-v{found.Version}";
        switch (format ?? "csv")
        {
            case "parquet":
                return await SafeDownload.FromStoreAsync(context, objects, name + ".parquet", found.Hash);
            case "csv":
                var file = await CsvAsync(context.Actor(), await versions.FileAsync(found, cancellationToken), cancellationToken);
                var headers = context.Response.Headers;
                headers.XContentTypeOptions = "nosniff";
                headers.ContentSecurityPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";
                headers["Cross-Origin-Resource-Policy"] = "same-origin";
                headers.CacheControl = "private, no-cache";
                return Microsoft.AspNetCore.Http.Results.Stream(file, SafeDownload.ContentTypeOf(".csv"), name + ".csv");
            default:
                return new ApiResult<Unit>(Failure.Invalid("format", format, "csv or parquet"));
        }
    }

    private async Task<Stream> CsvAsync(Actor actor, string parquet, CancellationToken cancellationToken)
    {
        var path = folder.NewPath(".csv");
        try
        {
            await work.JobAsync(actor, () => Task.Run(
                () =>
                {
                    using var connection = Duck.Open();
                    connection.Confine([parquet], folder.Root);
                    return connection.Execute($"COPY (SELECT * FROM {Duck.ReadParquet(parquet)}) TO {Duck.Literal(path)} (FORMAT csv, HEADER true, COMPRESSION none)", cancellationToken);
                },
                cancellationToken), cancellationToken);
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None, 1 << 17, FileOptions.DeleteOnClose | FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>The dataset's name as part of a file name.</summary>
    private static string FileName(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));
}
