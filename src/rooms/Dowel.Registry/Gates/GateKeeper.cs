using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Aliases;
using Dowel.Registry.Approvals;
using Dowel.Registry.Models;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Gates;

/// <summary>A move of a version to an alias or a stage.</summary>
/// <param name="Version">The version, by number.</param>
/// <param name="Target">The alias, or the stage: a stage is protected where the gate protects an alias of its name.</param>
/// <param name="Action">What the audit trail calls it.</param>
/// <param name="Reason">Why.</param>
/// <param name="IsThere">Whether the version is there already, so that nothing needs to pass.</param>
/// <param name="Do">Makes the move, within the transaction.</param>
internal sealed record GatedMove<T>(
    string Version, string Target, string Action, string? Reason, Func<DbSession, VersionRow, Task<bool>> IsThere, Func<DbSession, VersionRow, Task<Result<T>>> Do);

/// <summary>
/// Lets moves to protected aliases and stages happen only past the gate. The gate takes seconds and runs outside of the transaction;
/// where its rules, or the holder that it compared with, change meanwhile, it is run again.
/// </summary>
internal sealed class GateKeeper(IDb db, GateService gates, IAuditTrail audit)
{
    private const int Attempts = 5;

    public async Task<Result<T>> PassAsync<T>(Actor actor, Resource model, GatedMove<T> move, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var before = await db.ReadAsync(s => StateAsync(s, model, move), cancellationToken);
            if (before is null) return VersionService.NoVersion(model, move.Version);
            GateResult? result = null;
            if (before.MustPass)
            {
                result = await gates.RunAsync(actor, model, before.Row, before.Gate.Rules, before.Holder, cancellationToken);
                if (before.Approvals is { } approvals) result = gates.Result(actor, [.. result.Checks, approvals]);
                if (!result.Passed) return await RefuseAsync(actor, model, move, before.Row, result, cancellationToken);
            }

            var again = false;
            var moved = await db.WriteAsync<T>(async s =>
            {
                if (!await ModelRules.LockAsync(s, model.Id)) return Failure.NotFound("model", model.Name);
                if (await StateAsync(s, model, move) is not { } now || now.Row.Id != before.Row.Id) return VersionService.NoVersion(model, move.Version);
                if (now.MustPass && (result is null || now.Differs(before)))
                {
                    again = true;
                    return Moving(model);
                }
                if (result is not null) await GateService.StoreAsync(s, actor, now.Row.Id, result);
                return await move.Do(s, now.Row);
            }, cancellationToken);
            if (!again) return moved;
        }
        return Moving(model);
    }

    private static async Task<State?> StateAsync<T>(DbSession session, Resource model, GatedMove<T> move)
    {
        if (await VersionService.RowAsync(session, model.Id, move.Version) is not { } row || await ModelService.GateAsync(session, model.Id) is not { } gate) return null;
        if (!AliasRules.IsProtected(gate.Rules, move.Target) || await move.IsThere(session, row)) return new State(row, gate, false, null, null);
        return new State(row, gate, true, await GateService.HolderAsync(session, model.Id, move.Target), await ApprovalService.CheckAsync(session, model, row, gate, move.Target));
    }

    private async Task<Result<T>> RefuseAsync<T>(Actor actor, Resource model, GatedMove<T> move, VersionRow row, GateResult result, CancellationToken cancellationToken)
    {
        var failed = result.Checks.Where(c => !c.Passed).ToList();
        var stored = await db.WriteAsync<Unit>(async s =>
        {
            await GateService.StoreAsync(s, actor, row.Id, result);
            await audit.AppendAsync(s, AuditEntry.On(actor, model, move.Action, after: new { Alias = move.Target, To = row.Number, move.Reason, Failed = failed }) with { Denied = true });
            return Unit.Value;
        }, cancellationToken);
        return stored.Failure ?? new Failure(ErrorCodes.GateFailed, string.Create(CultureInfo.InvariantCulture, $"Version {row.Number} of '{model.Name}' did not pass the gate before '{move.Target}': {string.Join(", ", failed.Select(c => c.Name))}."),
            [.. failed.Select(c => new FieldError(c.Name, c.Given, c.Expected))]);
    }

    private static Failure Moving(Resource model) => new(ErrorCodes.Conflict, $"The gate of the model '{model.Name}', or the version it compares with, changed while the version was being validated.");

    /// <summary>What a move depends on, as it stood at one time.</summary>
    private sealed record State(VersionRow Row, ModelService.GateOfModel Gate, bool MustPass, VersionRow? Holder, GateCheck? Approvals)
    {
        public bool Differs(State before)
            => Gate.GateRevision != before.Gate.GateRevision || Approvals?.Passed == false || (GateRules.LooksAtHolder(Gate.Rules) && Holder?.Id != before.Holder?.Id);
    }
}
