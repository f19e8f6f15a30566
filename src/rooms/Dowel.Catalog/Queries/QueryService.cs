using Dowel.Catalog.Datasets;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Tables.Queries;
using Dowel.Tables.Workers;
using Microsoft.Extensions.Options;

namespace Dowel.Catalog.Queries;

/// <summary>Runs SQL over the newest versions of the datasets that the caller may use. To the query, others do not exist.</summary>
internal sealed class QueryService(IDb db, IResourceService resources, DatasetVersions versions, IAuditTrail audit, TableWorkers workers, HeavyWork work, IOptions<CatalogOptions> options)
{
    private const int MaxRows = 100_000;
    private const int AuditedLength = 2000;

    public async Task<Result<SqlResult>> RunAsync(Actor actor, SqlQuery query, CancellationToken cancellationToken)
    {
        if (query.Limit is < 1 or > MaxRows) return Failure.Invalid("limit", query.Limit, $"a number from 1 to {MaxRows}");
        var text = query.Sql ?? "";
        var tables = await TablesAsync(actor, cancellationToken);
        var limits = new QueryLimits
        {
            MaxRows = query.Limit ?? 1000,
            Timeout = TimeSpan.FromSeconds(options.Value.QueryTimeoutSeconds),
            MemoryMegabytes = options.Value.QueryMemoryMegabytes,
        };
        var ran = await work.QueryAsync(actor, () => workers.QueryAsync(tables, text, limits, cancellationToken), cancellationToken);
        var read = ran.TryGet(out var result, out var failure) ? result.Tables.Select(t => $"{t.Schema}.{t.Name}").ToArray() : [];
        await db.WriteAsync<Unit>(async s =>
        {
            var sql = text.Length > AuditedLength ? text[..AuditedLength] + "…" : text;
            await audit.AppendAsync(s, new AuditEntry { Actor = actor, Action = "dataset.query", After = new { Sql = sql, Tables = read, Rows = result?.Rows.Count, Failed = failure?.Code.Code } });
            return Unit.Value;
        }, cancellationToken);
        if (result is null) return failure!;
        return new SqlResult
        {
            Columns = [.. result.Columns.Select(c => new ColumnInfo(c.Name, c.Type))],
            Rows = result.Rows,
            Truncated = result.Truncated,
            ElapsedMs = result.Elapsed.TotalMilliseconds,
            Tables = read,
        };
    }

    private async Task<IReadOnlyList<QueryTable>> TablesAsync(Actor actor, CancellationToken cancellationToken)
    {
        var usable = await resources.AllAsync(actor, ResourceKind.Dataset, Permission.Use, cancellationToken);
        var latest = await versions.LatestAsync([.. usable.Select(r => r.Id)], cancellationToken);
        var tables = new List<QueryTable>(latest.Count);
        // SQL names know no case. Where two datasets differ only in it, neither can be meant by its name; their ids can.
        foreach (var same in usable.Where(r => latest.ContainsKey(r.Id)).GroupBy(r => (r.Info.Project.ToLowerInvariant(), r.Name.ToLowerInvariant())))
        {
            var alone = same.Count() == 1;
            foreach (var dataset in same)
                tables.Add(new(dataset.Info.Project, alone ? dataset.Name : dataset.Id, [await versions.FileAsync(latest[dataset.Id], cancellationToken)]));
        }
        return tables;
    }
}
