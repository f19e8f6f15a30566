using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Observability.Drift;

/// <summary>Keeps drift reports.</summary>
internal sealed class DriftStore(IDb db, IAuditTrail audit)
{
    private const int MostListed = 100;

    public Task<Result<DriftReport>> AddAsync(Actor actor, Resource endpoint, DriftReport report, CancellationToken cancellationToken) => db.WriteAsync<DriftReport>(async s =>
    {
        await s.ExecuteAsync("INSERT INTO observability_drift (id, endpoint_id, at, report) VALUES (@id, @endpoint, @at, @report)",
            new { id = report.Id, endpoint = endpoint.Id, at = report.At.ToMicros(), report = JsonSerializer.Serialize(report, DowelJson.Options) });
        await audit.AppendAsync(s, AuditEntry.On(actor, endpoint, "endpoint.drift_test", after: new { report.Id, report.Drifted }));
        return report;
    }, cancellationToken);

    /// <summary>The newest 100, newest first.</summary>
    public Task<IReadOnlyList<DriftReport>> ListAsync(string endpointId, CancellationToken cancellationToken) => db.ReadAsync<IReadOnlyList<DriftReport>>(async s =>
    {
        var rows = await s.QueryAsync<string>($"SELECT report FROM observability_drift WHERE endpoint_id = @endpointId ORDER BY at DESC, id DESC LIMIT {MostListed}", new { endpointId });
        return [.. rows.Select(r => JsonSerializer.Deserialize<DriftReport>(r, DowelJson.Options)!)];
    }, cancellationToken);
}
