using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Models;
using Dowel.Registry.Stages;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Gates;

/// <summary>Runs gates and keeps their results with the versions.</summary>
internal sealed class GateService(IDb db, Gate gate, ModelSource source, IAuditTrail audit, TimeProvider time)
{
    /// <param name="actor">Who asks.</param>
    /// <param name="model">The model.</param>
    /// <param name="version">Its version.</param>
    /// <param name="alias">The alias whose holder it is compared with; null for the first protected one.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<Result<GateResult>> ValidateAsync(Actor actor, Resource model, string version, string? alias, CancellationToken cancellationToken)
    {
        var (row, rules) = await db.ReadAsync(async s => (await VersionService.RowAsync(s, model.Id, version), (await ModelService.GateAsync(s, model.Id))?.Rules), cancellationToken);
        if (row is null || rules is null) return VersionService.NoVersion(model, version);
        var holder = await db.ReadAsync(s => HolderAsync(s, model.Id, alias ?? rules.ProtectedAliases.FirstOrDefault() ?? ""), cancellationToken);
        var result = await RunAsync(actor, model, row, rules, holder, cancellationToken);
        return await db.WriteAsync<GateResult>(async s =>
        {
            await StoreAsync(s, actor, row.Id, result);
            await audit.AppendAsync(s, AuditEntry.On(actor, model, "model.validate", after: new { Version = row.Number, result.Passed, Failed = result.Checks.Where(c => !c.Passed).Select(c => c.Name) }));
            return result;
        }, cancellationToken);
    }

    /// <summary>Runs a gate; keeps nothing yet.</summary>
    public async Task<GateResult> RunAsync(Actor actor, Resource model, VersionRow row, ValidationGate rules, VersionRow? holder, CancellationToken cancellationToken)
    {
        var version = (await db.ReadAsync(s => VersionReader.ReadAsync(s, [row], _ => model.Name, whole: false), cancellationToken))[0];
        var held = holder is null ? null : (await db.ReadAsync(s => VersionReader.ReadAsync(s, [holder], _ => model.Name, whole: false), cancellationToken))[0];
        return Result(actor, await gate.CheckAsync(actor, rules, version, held, ct => source.OpenAsync(model.Name, row, ct), cancellationToken));
    }

    /// <summary>What checks come to.</summary>
    public GateResult Result(Actor actor, IReadOnlyList<GateCheck> checks)
        => new() { Passed = checks.All(c => c.Passed), Checks = checks, At = Instants.FromMicros(time.NowMicros()), By = actor.UserName };

    /// <summary>The version that an alias points at now; where there is no such alias but a stage of that name, the newest version in that stage.</summary>
    public static async Task<VersionRow?> HolderAsync(DbSession session, string modelId, string alias)
        => await session.FirstAsync<VersionRow>("""
            SELECT v.* FROM registry_aliases a JOIN registry_versions v ON v.id = a.version_id
            WHERE a.model_id = @modelId AND LOWER(a.alias) = @key ORDER BY CASE WHEN a.alias = @alias THEN 0 ELSE 1 END, a.alias LIMIT 1
            """, new { modelId, alias, key = alias.ToLowerInvariant() })
            ?? (StageRules.Canonical(alias) is { } stage
                ? await session.FirstAsync<VersionRow>("SELECT * FROM registry_versions WHERE model_id = @modelId AND stage = @stage ORDER BY number DESC LIMIT 1", new { modelId, stage })
                : null);

    /// <summary>Keeps a result with its version, within a transaction.</summary>
    public static Task StoreAsync(DbSession session, Actor actor, string versionId, GateResult result)
        => session.ExecuteAsync("INSERT INTO registry_gate_results (version_id, passed, checks, at, by_id, by_name) VALUES (@versionId, @Passed, @checks, @at, @byId, @By)",
            new { versionId, result.Passed, checks = JsonSerializer.Serialize(result.Checks, DowelJson.Options), at = result.At.ToMicros(), byId = actor.UserId, result.By });
}
