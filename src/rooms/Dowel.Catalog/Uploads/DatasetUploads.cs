using System.Buffers;
using System.Security.Cryptography;
using Dowel.Catalog.Datasets;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Tables.Workers;
using Microsoft.Extensions.Options;

namespace Dowel.Catalog.Uploads;

/// <summary>Makes versions of uploads: the body into a file, the file into Parquet, the Parquet into the object store, and only then the row that makes it a version.</summary>
internal sealed class DatasetUploads(IDb db, IObjectStore objects, VersionWriter writer, WorkFolder folder, TableWorkers workers, HeavyWork work, IOptions<DowelOptions> options)
{
    private const int BufferSize = 1 << 17;

    public async Task<Result<DatasetVersion>> UploadAsync(Actor actor, Resource dataset, Upload upload, CancellationToken cancellationToken)
    {
        if (!upload.ResolveFormat().TryGet(out var format, out var failure)) return failure;
        if (!upload.ResolveSource().TryGet(out var source, out failure)) return failure;
        var most = options.Value.MaxUploadBytes;
        if (upload.Length > most) return TooLarge(most);

        var (file, parquet) = (folder.NewPath(".upload"), folder.NewPath(".parquet"));
        try
        {
            if (!(await ReceiveAsync(upload.Body, file, most, cancellationToken)).TryGet(out var uploadHash, out failure)) return failure;
            // The same bytes in another format are another table.
            uploadHash = Convert.ToHexStringLower(SHA256.HashData([.. Convert.FromHexString(uploadHash), (byte)format]));
            var latest = await db.ReadAsync(s => DatasetVersions.LatestAsync(s, dataset.Id), cancellationToken);
            if (latest?.UploadHash == uploadHash) return latest.ToVersion();

            var converted = await work.JobAsync(actor, () => workers.ToParquetAsync(file, format, parquet, work.JobLimits, cancellationToken), cancellationToken);
            if (!converted.TryGet(out var table, out failure)) return failure;
            StoredObject? stored;
            await using (var content = new FileStream(parquet, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.Asynchronous | FileOptions.SequentialScan))
            {
                if (!(await objects.PutAsync(content, long.MaxValue, cancellationToken)).TryGet(out stored, out failure)) return failure;
            }
            return await db.WriteAsync(s => writer.AddAsync(s, actor, dataset, table, stored, uploadHash, source, "dataset.upload"), cancellationToken);
        }
        finally
        {
            File.Delete(file);
            File.Delete(parquet);
        }
    }

    private async Task<Result<string>> ReceiveAsync(Stream body, string path, long most, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
            long total = 0;
            for (int read; (read = await body.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                total += read;
                if (total > most) return TooLarge(most);
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Failure TooLarge(long most) => new(ErrorCodes.TooLarge, $"The upload is larger than {most} bytes.");
}
