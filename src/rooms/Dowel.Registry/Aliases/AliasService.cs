using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Gates;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Aliases;

/// <summary>Aliases: where they point, and every move they made.</summary>
internal sealed class AliasService(IDb db, IResourceService resources, GateService gates, IAuditTrail audit, TimeProvider time)
{
    private const int MostHistory = 1000;
    private const int MostReason = 5000;

    public async Task<Result<Unit>> SetAsync(Actor actor, Resource model, string alias, SetAlias spec, CancellationToken cancellationToken)
    {
        if ((AliasRules.Check("alias", alias) ?? CheckReason(spec.Reason)) is { } wrong) return wrong;
        // The gate takes seconds and runs outside of the transaction; where its rules change meanwhile, it is run again by the new ones.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var (row, current, rulesText) = await db.ReadAsync(async s => (
                await VersionService.RowAsync(s, model.Id, spec.Version.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                await CurrentAsync(s, model.Id, alias),
                await RulesAsync(s, model.Id)), cancellationToken);
            if (row is null || rulesText is null) return VersionService.NoVersion(model, $"{spec.Version}");
            if (current == row.Number) return Unit.Value;
            var rules = JsonSerializer.Deserialize<ValidationGate>(rulesText, DowelJson.Options)!;
            var result = AliasRules.IsProtected(rules, alias) ? await gates.RunAsync(actor, model, row, rules, cancellationToken) : null;
            if (result is { Passed: false }) return await RefuseAsync(actor, model, alias, row, result, spec.Reason, cancellationToken);

            var moved = await db.WriteAsync<bool>(async s =>
            {
                if (!await LockAsync(s, model.Id)) return Failure.NotFound("model", model.Name);
                if (await RulesAsync(s, model.Id) != rulesText) return false;
                var from = await CurrentAsync(s, model.Id, alias);
                if (from == row.Number) return true;
                if (result is not null) await GateService.StoreAsync(s, actor, row.Id, result);
                await s.ExecuteAsync("""
                    INSERT INTO registry_aliases (model_id, alias, version_id, number) VALUES (@ModelId, @alias, @Id, @Number)
                    ON CONFLICT (model_id, alias) DO UPDATE SET version_id = excluded.version_id, number = excluded.number
                    """, new { row.ModelId, alias, row.Id, row.Number });
                return (await RecordAsync(s, actor, model, alias, from, row.Number, spec.Reason)).Map(_ => true);
            }, cancellationToken);
            if (!moved.TryGet(out var done, out var failure)) return failure;
            if (done) return Unit.Value;
        }
        return new Failure(ErrorCodes.Conflict, $"The gate of the model '{model.Name}' changed while the version was being validated.");
    }

    public async Task<Result<Unit>> DeleteAsync(Actor actor, Resource model, string alias, string? reason, CancellationToken cancellationToken)
    {
        if (CheckReason(reason) is { } wrong) return wrong;
        return await db.WriteAsync<Unit>(async s =>
        {
            if (!await LockAsync(s, model.Id)) return Failure.NotFound("model", model.Name);
            if (await CurrentAsync(s, model.Id, alias) is not { } from) return Failure.NotFound("alias", alias);
            await s.ExecuteAsync("DELETE FROM registry_aliases WHERE model_id = @Id AND alias = @alias", new { model.Id, alias });
            return await RecordAsync(s, actor, model, alias, from, null, reason);
        }, cancellationToken);
    }

    /// <summary>Every move of a model's aliases, newest first.</summary>
    public async Task<IReadOnlyList<AliasMove>> HistoryAsync(Resource model, CancellationToken cancellationToken)
    {
        var rows = await db.ReadAsync(s => s.QueryAsync<MoveRow>(
            $"SELECT alias, from_number, to_number, at, by_name, reason FROM registry_alias_moves WHERE model_id = @Id ORDER BY id DESC LIMIT {MostHistory}", new { model.Id }), cancellationToken);
        return [.. rows.Select(r => new AliasMove { Alias = r.Alias, From = (int?)r.FromNumber, To = (int?)r.ToNumber, By = r.ByName, At = Instants.FromMicros(r.At), Reason = r.Reason })];
    }

    private async Task<Result<Unit>> RefuseAsync(Actor actor, Resource model, string alias, VersionRow row, GateResult result, string? reason, CancellationToken cancellationToken)
    {
        var failed = result.Checks.Where(c => !c.Passed).ToList();
        var stored = await db.WriteAsync<Unit>(async s =>
        {
            await GateService.StoreAsync(s, actor, row.Id, result);
            await audit.AppendAsync(s, AuditEntry.On(actor, model, "model.alias", after: new { Alias = alias, To = row.Number, Reason = reason, Failed = failed }) with { Denied = true });
            return Unit.Value;
        }, cancellationToken);
        return stored.Failure ?? new Failure(ErrorCodes.GateFailed, $"Version {row.Number} of '{model.Name}' did not pass the gate before '{alias}': {string.Join(", ", failed.Select(c => c.Name))}.",
            [.. failed.Select(c => new FieldError(c.Name, c.Given, c.Expected))]);
    }

    private async Task<Result<Unit>> RecordAsync(DbSession session, Actor actor, Resource model, string alias, long? from, long? to, string? reason)
    {
        await session.ExecuteAsync("""
            INSERT INTO registry_alias_moves (model_id, alias, from_number, to_number, at, by_id, by_name, reason)
            VALUES (@ModelId, @alias, @from, @to, @at, @ById, @ByName, @reason)
            """, new { ModelId = model.Id, alias, from, to, at = time.NowMicros(), ById = actor.UserId, ByName = actor.UserName, reason = reason ?? "" });
        var updated = await resources.UpdateAsync(session, actor, model, before: new { Alias = alias, Version = from }, after: new { Alias = alias, Version = to, Reason = reason }, action: "model.alias");
        return updated.Map(_ => Unit.Value);
    }

    // Moves of one model's aliases line up behind its row.
    private static async Task<bool> LockAsync(DbSession session, string modelId)
        => await session.ExecuteAsync("UPDATE registry_models SET last_version = last_version WHERE id = @modelId", new { modelId }) > 0;

    private static Task<long?> CurrentAsync(DbSession session, string modelId, string alias)
        => session.ScalarAsync<long?>("SELECT number FROM registry_aliases WHERE model_id = @modelId AND alias = @alias", new { modelId, alias });

    private static Task<string?> RulesAsync(DbSession session, string modelId)
        => session.ScalarAsync<string>("SELECT gate FROM registry_models WHERE id = @modelId", new { modelId });

    private static Failure? CheckReason(string? reason)
        => reason is { Length: > MostReason } || reason?.Contains('\0') == true ? Failure.Invalid("reason", reason, $"at most {MostReason} characters without the character zero") : null;

    private sealed class MoveRow
    {
        public string Alias { get; set; } = "";
        public long? FromNumber { get; set; }
        public long? ToNumber { get; set; }
        public long At { get; set; }
        public string ByName { get; set; } = "";
        public string Reason { get; set; } = "";
    }
}
