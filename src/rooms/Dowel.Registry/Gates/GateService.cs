using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Models;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Gates;

/// <summary>Runs gates and keeps their results with the versions.</summary>
internal sealed class GateService(IDb db, Gate gate, ModelSource source, IAuditTrail audit, TimeProvider time)
{
    public async Task<Result<GateResult>> ValidateAsync(Actor actor, Resource model, string version, CancellationToken cancellationToken)
    {
        var (row, rules) = await db.ReadAsync(async s => (await VersionService.RowAsync(s, model.Id, version), await ModelService.GateAsync(s, model.Id)), cancellationToken);
        if (row is null || rules is null) return VersionService.NoVersion(model, version);
        var result = await RunAsync(actor, model, row, rules, cancellationToken);
        return await db.WriteAsync<GateResult>(async s =>
        {
            await StoreAsync(s, actor, row.Id, result);
            await audit.AppendAsync(s, AuditEntry.On(actor, model, "model.validate", after: new { Version = row.Number, result.Passed, Failed = result.Checks.Where(c => !c.Passed).Select(c => c.Name) }));
            return result;
        }, cancellationToken);
    }

    /// <summary>Runs a gate; keeps nothing yet.</summary>
    public async Task<GateResult> RunAsync(Actor actor, Resource model, VersionRow row, ValidationGate rules, CancellationToken cancellationToken)
    {
        var version = (await db.ReadAsync(s => VersionReader.ReadAsync(s, model.Name, [row]), cancellationToken))[0];
        var checks = await gate.CheckAsync(rules, version, ct => source.OpenAsync(model.Name, row, ct), cancellationToken);
        return new GateResult { Passed = checks.All(c => c.Passed), Checks = checks, At = Instants.FromMicros(time.NowMicros()), By = actor.UserName };
    }

    /// <summary>Keeps a result with its version, within a transaction.</summary>
    public static Task StoreAsync(DbSession session, Actor actor, string versionId, GateResult result)
        => session.ExecuteAsync("INSERT INTO registry_gate_results (version_id, passed, checks, at, by_id, by_name) VALUES (@versionId, @Passed, @checks, @at, @byId, @By)",
            new { versionId, result.Passed, checks = JsonSerializer.Serialize(result.Checks, DowelJson.Options), at = result.At.ToMicros(), byId = actor.UserId, result.By });
}
