using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Experiments.Runs;

/// <summary>Runs: begin, read, change, delete.</summary>
internal sealed class RunService(IDb db, RunLog log, IAuditTrail audit, ILineage lineage, TimeProvider time)
{
    private const int MostInputs = 100;

    /// <summary>The experiment of the run that a route names.</summary>
    public static async ValueTask<string?> LocateAsync(IServiceProvider services, string run, CancellationToken cancellationToken)
        => (await services.GetRequiredService<RunService>().FindAsync(run, cancellationToken))?.ExperimentId;

    public Task<RunRow?> FindAsync(string runId, CancellationToken cancellationToken)
        => db.ReadAsync(s => RowAsync(s, runId), cancellationToken);

    public async Task<Result<Run>> GetAsync(string runId, CancellationToken cancellationToken)
        => await db.ReadAsync<Result<Run>>(async s => await RowAsync(s, runId) is { } row ? (await RunReader.ReadAsync(s, [row]))[0] : Failure.NotFound("run", runId), cancellationToken);

    public async Task<Result<Run>> CreateAsync(Actor actor, Resource experiment, CreateRun spec, CancellationToken cancellationToken)
    {
        var logged = new LogToRun { Params = spec.Params, Tags = spec.Tags };
        if ((CheckName(spec.Name) ?? LogRules.Check(logged) ?? CheckInputs(spec.Inputs)) is { } wrong) return wrong;
        var now = time.NowMicros();
        var row = new RunRow
        {
            Id = Ids.New("run"),
            ExperimentId = experiment.Id,
            Name = spec.Name ?? RunNames.Next(),
            Status = RunRow.Text(RunStatus.Running),
            UserName = actor.UserName,
            StartedAt = spec.StartedAt?.ToMicros() ?? now,
            Inputs = JsonSerializer.Serialize(spec.Inputs ?? []),
        };
        return await db.WriteAsync<Run>(async s =>
        {
            await s.ExecuteAsync("""
                INSERT INTO experiments_runs (id, experiment_id, name, status, user_id, user_name, started_at, ended_at, updated_at, inputs)
                VALUES (@Id, @ExperimentId, @Name, @Status, @userId, @UserName, @StartedAt, NULL, @now, @Inputs)
                """, new { row.Id, row.ExperimentId, row.Name, row.Status, userId = actor.UserId, row.UserName, row.StartedAt, now, row.Inputs });
            if (await log.WriteAsync(s, experiment.Id, row.Id, logged) is { } failure) return failure;
            if (spec.Inputs is { Count: > 0 } inputs) await lineage.AddReferencesAsync(s, actor, inputs, experiment.Id, row.Id, "trained");
            await audit.AppendAsync(s, AuditEntry.On(actor, experiment, "run.create", after: new { Run = row.Id, row.Name, spec.Inputs, Params = spec.Params?.Count ?? 0, Tags = spec.Tags?.Count ?? 0 }));
            return (await RunReader.ReadAsync(s, [row]))[0];
        }, cancellationToken);
    }

    public Task<Result<Run>> UpdateAsync(Actor actor, Resource experiment, string runId, PatchRun patch, CancellationToken cancellationToken) => db.WriteAsync<Run>(async s =>
    {
        if (CheckName(patch.Name) is { } wrong) return wrong;
        var now = time.NowMicros();
        if (await s.ExecuteAsync("UPDATE experiments_runs SET updated_at = @now WHERE id = @runId", new { runId, now }) == 0) return Failure.NotFound("run", runId);
        var before = (await RowAsync(s, runId))!;
        var status = patch.Status ?? before.RunStatus;
        if (!Enum.IsDefined(status)) return Failure.Invalid("status", status, "running, scheduled, finished, failed or killed");
        var final = status is RunStatus.Finished or RunStatus.Failed or RunStatus.Killed;
        if (!final && patch.EndedAt is not null) return Failure.Invalid("endedAt", patch.EndedAt, "nothing, while the run has not ended; or a final status with it");
        var after = new RunRow
        {
            Id = runId,
            ExperimentId = before.ExperimentId,
            Name = patch.Name ?? before.Name,
            Status = RunRow.Text(status),
            UserName = before.UserName,
            StartedAt = before.StartedAt,
            EndedAt = final ? patch.EndedAt?.ToMicros() ?? before.EndedAt ?? now : null,
            Inputs = before.Inputs,
        };
        await s.ExecuteAsync("UPDATE experiments_runs SET name = @Name, status = @Status, ended_at = @EndedAt WHERE id = @Id", new { after.Name, after.Status, after.EndedAt, after.Id });
        await audit.AppendAsync(s, AuditEntry.On(actor, experiment, "run.update", Shown(before), Shown(after)));
        return (await RunReader.ReadAsync(s, [after]))[0];
    }, cancellationToken);

    public Task<Result<Unit>> DeleteAsync(Actor actor, Resource experiment, string runId, CancellationToken cancellationToken) => db.WriteAsync<Unit>(async s =>
    {
        var before = await RowAsync(s, runId);
        var id = new { runId };
        // The run's row goes first: its lock keeps a log call or an upload from adding to what is deleted after it.
        if (before is null || await s.ExecuteAsync("DELETE FROM experiments_runs WHERE id = @runId", id) == 0) return Failure.NotFound("run", runId);
        await s.ExecuteAsync("DELETE FROM experiments_metric_points WHERE metric_id IN (SELECT id FROM experiments_metrics WHERE run_id = @runId)", id);
        await s.ExecuteAsync("DELETE FROM experiments_metrics WHERE run_id = @runId", id);
        await s.ExecuteAsync("DELETE FROM experiments_params WHERE run_id = @runId", id);
        await s.ExecuteAsync("DELETE FROM experiments_tags WHERE run_id = @runId", id);
        await s.ExecuteAsync("DELETE FROM experiments_artifacts WHERE run_id = @runId", id);
        await audit.AppendAsync(s, AuditEntry.On(actor, experiment, "run.delete", Shown(before)));
        return Unit.Value;
    }, cancellationToken);

    private static Task<RunRow?> RowAsync(DbSession session, string runId) => session.FirstAsync<RunRow>("SELECT * FROM experiments_runs WHERE id = @runId", new { runId });

    private static object Shown(RunRow run) => new { Run = run.Id, run.Name, Status = run.RunStatus, EndedAt = Instants.FromMicros(run.EndedAt) };

    private static Failure? CheckName(string? name)
        => name is not null && (string.IsNullOrWhiteSpace(name) || name.Length > 250 || name.Any(char.IsControl)) ? Failure.Invalid("name", name, "1 to 250 characters, no control characters") : null;

    private static Failure? CheckInputs(IReadOnlyList<string>? inputs)
    {
        if (inputs is { Count: > MostInputs }) return Failure.Invalid("inputs", $"{inputs.Count} inputs", $"at most {MostInputs}");
        for (var i = 0; i < (inputs?.Count ?? 0); i++)
            if (!DataReference.IsValid(inputs![i])) return Failure.Invalid($"inputs[{i}]", inputs[i], DataReference.Expected);
        return null;
    }
}
