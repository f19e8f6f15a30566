using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Gates;
using Dowel.Registry.History;
using Dowel.Registry.Models;

namespace Dowel.Registry.Aliases;

/// <summary>Aliases: where they point; every move is in the history.</summary>
internal sealed class AliasService(IDb db, IResourceService resources, GateKeeper keeper, HistoryLog history)
{
    public async Task<Result<Unit>> SetAsync(Actor actor, Resource model, string alias, SetAlias spec, CancellationToken cancellationToken)
    {
        if ((AliasRules.Check("alias", alias) ?? HistoryLog.CheckReason(spec.Reason)) is { } wrong) return wrong;
        return await keeper.PassAsync(actor, model, new GatedMove<Unit>(
            spec.Version.ToString(CultureInfo.InvariantCulture), alias, "model.alias", spec.Reason,
            async (s, row) => await CurrentAsync(s, model.Id, alias) == row.Number,
            async (s, row) =>
            {
                var from = await CurrentAsync(s, model.Id, alias);
                if (from == row.Number) return Unit.Value;
                await s.ExecuteAsync("""
                    INSERT INTO registry_aliases (model_id, alias, version_id, number) VALUES (@ModelId, @alias, @Id, @Number)
                    ON CONFLICT (model_id, alias) DO UPDATE SET version_id = excluded.version_id, number = excluded.number
                    """, new { row.ModelId, alias, row.Id, row.Number });
                return await RecordAsync(s, actor, model, alias, from, row.Number, spec.Reason);
            }), cancellationToken);
    }

    public async Task<Result<Unit>> DeleteAsync(Actor actor, Resource model, string alias, string? reason, CancellationToken cancellationToken)
    {
        if (HistoryLog.CheckReason(reason) is { } wrong) return wrong;
        return await db.WriteAsync<Unit>(async s =>
        {
            if (!await ModelRules.LockAsync(s, model.Id)) return Failure.NotFound("model", model.Name);
            if (await CurrentAsync(s, model.Id, alias) is not { } from) return Failure.NotFound("alias", alias);
            await s.ExecuteAsync("DELETE FROM registry_aliases WHERE model_id = @Id AND alias = @alias", new { model.Id, alias });
            return await RecordAsync(s, actor, model, alias, from, null, reason);
        }, cancellationToken);
    }

    private async Task<Result<Unit>> RecordAsync(DbSession session, Actor actor, Resource model, string alias, long? from, long? to, string? reason)
    {
        await history.AddAsync(session, actor, model.Id, ModelChangeKind.Alias, to ?? from, alias, Text(from), Text(to), reason);
        var updated = await resources.UpdateAsync(session, actor, model, before: new { Alias = alias, Version = from }, after: new { Alias = alias, Version = to, Reason = reason }, action: "model.alias");
        return updated.Map(_ => Unit.Value);
    }

    private static Task<long?> CurrentAsync(DbSession session, string modelId, string alias)
        => session.ScalarAsync<long?>("SELECT number FROM registry_aliases WHERE model_id = @modelId AND alias = @alias", new { modelId, alias });

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
