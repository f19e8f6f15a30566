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
internal sealed class RunService(IDb db, RunLog log, NameTable names, MetricJournal journal, RunDirectory directory, IAuditTrail audit, ILineage lineage, TimeProvider time)
{
    private const int MostInputs = 100;

    /// <summary>The experiment of the run that a route names.</summary>
    public static ValueTask<string?> LocateAsync(IServiceProvider services, string run, CancellationToken cancellationToken)
        => services.GetRequiredService<RunDirectory>().ExperimentOfAsync(run, cancellationToken);

    public Task<RunRow?> FindAsync(string runId, CancellationToken cancellationToken)
        => db.ReadAsync(s => RunReader.RowAsync(s, runId), cancellationToken);

    public async Task<Result<Run>> GetAsync(string runId, CancellationToken cancellationToken)
        => await GetDataAsync(runId, cancellationToken) is { } run ? run.ToWholeRun() : Failure.NotFound("run", runId);

    /// <summary>A run whole, in the bin or not; null where there is none.</summary>
    public async Task<RunData?> GetDataAsync(string runId, CancellationToken cancellationToken)
    {
        if (await directory.ExperimentOfAsync(runId, cancellationToken) is not { } experiment) return null;
        await journal.CatchUpAsync([await directory.NumberAsync(experiment, cancellationToken)], cancellationToken);
        return await db.ReadAsync(async s => await RunReader.RowAsync(s, runId) is { } row ? await RunReader.ReadAsync(s, row) : null, cancellationToken);
    }

    public async Task<Result<Run>> CreateAsync(Actor actor, Resource experiment, CreateRun spec, CancellationToken cancellationToken)
        => (await CreateDataAsync(actor, experiment, spec, cancellationToken)).Map(r => r.ToRun());

    /// <summary>Starts a run. Its id is of the form that MLflow's clients know: 32 hexadecimal digits (a UUID of version 7, so that new runs lie side by side).</summary>
    public async Task<Result<RunData>> CreateDataAsync(Actor actor, Resource experiment, CreateRun spec, CancellationToken cancellationToken)
    {
        var logged = new LogToRun { Params = spec.Params, Tags = spec.Tags };
        if ((CheckName(spec.Name) ?? LogRules.Check(logged) ?? CheckInputs(spec.Inputs)) is { } wrong) return wrong;
        await names.EnsureAsync(logged, cancellationToken);
        var now = time.NowMicros();
        return await db.WriteGroupedAsync<RunData>(async s =>
        {
            // Held, so that the experiment is not deleted for good meanwhile.
            if (s.Engine == DbEngine.Postgres) await s.ExecuteAsync("SELECT 1 FROM experiments_experiments WHERE id = @Id FOR KEY SHARE", new { experiment.Id });
            if (await s.FirstAsync<ExperimentRow>("SELECT e.no, r.deleted_at FROM experiments_experiments e JOIN kernel_resources r ON r.id = e.id WHERE e.id = @Id", new { experiment.Id }) is not { } home)
                return Failure.NotFound("experiment", experiment.Name);
            if (home.DeletedAt is not null) return new Failure(ErrorCodes.Conflict, $"The experiment {experiment.Id} must be in the 'active' state. Current state is deleted.");
            var id = Guid.CreateVersion7().ToString("n");
            await s.Prepare("""
                INSERT INTO experiments_runs (id, experiment_no, name, status, user_id, user_name, started_at, updated_at, inputs) VALUES (@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8)
                """).With(id, home.No, spec.Name ?? RunNames.Next(), RunRow.Text(RunStatus.Running), actor.UserId, actor.UserName, spec.StartedAt?.ToMicros() ?? now, now, JsonSerializer.Serialize(spec.Inputs ?? [])).ExecuteAsync();
            var row = (await RunReader.RowAsync(s, id))!;
            if (await log.WriteAsync(s, row.Key, logged) is { } failure) return failure;
            if (spec.Inputs is { Count: > 0 } inputs) await lineage.AddReferencesAsync(s, actor, inputs, experiment.Id, id, "trained");
            await audit.AppendAsync(s, AuditEntry.On(actor, experiment, "run.create", after: new { Run = id, row.Name, spec.Inputs, Params = spec.Params?.Count ?? 0, Tags = spec.Tags?.Count ?? 0 }));
            return await RunReader.ReadAsync(s, row);
        }, cancellationToken);
    }

    public async Task<Result<Run>> UpdateAsync(Actor actor, Resource experiment, string runId, PatchRun patch, CancellationToken cancellationToken)
        => (await UpdateRowAsync(actor, experiment, runId, patch, cancellationToken)).TryGet(out _, out var failure) ? await GetAsync(runId, cancellationToken) : failure;

    public Task<Result<RunRow>> UpdateRowAsync(Actor actor, Resource experiment, string runId, PatchRun patch, CancellationToken cancellationToken) => db.WriteGroupedAsync<RunRow>(async s =>
    {
        if (CheckName(patch.Name) is { } wrong) return wrong;
        var now = time.NowMicros();
        if (!(await RunKeys.ActiveAsync(s, runId)).TryGet(out var key, out var failure)) return failure;
        await s.ExecuteAsync("UPDATE experiments_runs SET updated_at = @now WHERE no = @No", new { key.No, now });
        var before = (await RunReader.RowAsync(s, runId))!;
        var status = patch.Status ?? before.RunStatus;
        if (!Enum.IsDefined(status)) return Failure.Invalid("status", status, "running, scheduled, finished, failed or killed");
        var final = status is RunStatus.Finished or RunStatus.Failed or RunStatus.Killed;
        if (!final && patch.EndedAt is not null) return Failure.Invalid("endedAt", patch.EndedAt, "nothing, while the run has not ended; or a final status with it");
        await s.ExecuteAsync("UPDATE experiments_runs SET name = @name, status = @status, ended_at = @endedAt WHERE no = @No", new
        {
            key.No,
            name = patch.Name ?? before.Name,
            status = RunRow.Text(status),
            endedAt = final ? patch.EndedAt?.ToMicros() ?? before.EndedAt ?? now : (long?)null,
        });
        if (patch.Name is { } name)
            await s.ExecuteAsync("UPDATE experiments_tags SET value = @name, sort_value = @sort WHERE run_no = @No AND name_no = (SELECT no FROM experiments_names WHERE name = @tag)", new { key.No, name, sort = SortText.Of(name), tag = LogRules.RunNameTag });
        var after = (await RunReader.RowAsync(s, runId))!;
        await audit.AppendAsync(s, AuditEntry.On(actor, experiment, "run.update", Shown(before), Shown(after)));
        return after;
    }, cancellationToken);

    /// <summary>Puts a run into the bin, or takes it out. It changes nothing where it is there already.</summary>
    public Task<Result<Unit>> SetDeletedAsync(Actor actor, Resource experiment, string runId, bool deleted, CancellationToken cancellationToken)
        => db.WriteAsync(s => SetDeletedAsync(s, actor, experiment, runId, deleted), cancellationToken);

    /// <summary>The same within a transaction.</summary>
    public async Task<Result<Unit>> SetDeletedAsync(DbSession session, Actor actor, Resource experiment, string runId, bool deleted)
    {
        if (await RunReader.RowAsync(session, runId) is not { } row) return RunKeys.NotFound(runId);
        if (row.DeletedAt is not null == deleted) return Unit.Value;
        var now = time.NowMicros();
        await session.ExecuteAsync("UPDATE experiments_runs SET deleted_at = @at, updated_at = @now WHERE no = @No", new { row.No, at = deleted ? now : (long?)null, now });
        await audit.AppendAsync(session, AuditEntry.On(actor, experiment, deleted ? "run.trash" : "run.restore", after: Shown(row)));
        return Unit.Value;
    }

    /// <summary>Deletes a run for good.</summary>
    public Task<Result<Unit>> DeleteAsync(Actor actor, Resource experiment, string runId, CancellationToken cancellationToken)
        => db.WriteAsync(s => DeleteAsync(s, actor, experiment, runId), cancellationToken);

    /// <summary>The same within a transaction.</summary>
    public async Task<Result<Unit>> DeleteAsync(DbSession session, Actor actor, Resource experiment, string runId)
    {
        var before = await RunReader.RowAsync(session, runId);
        // The run's row goes first: its lock keeps a log call or an upload from adding to what is deleted after it.
        if (before is null || await session.ExecuteAsync("DELETE FROM experiments_runs WHERE id = @runId", new { runId }) == 0) return Failure.NotFound("run", runId);
        foreach (var table in RunTables) await session.ExecuteAsync($"DELETE FROM {table} WHERE run_no = @No", new { before.No });
        await session.ExecuteAsync("DELETE FROM experiments_artifacts WHERE owner_id = @runId", new { runId });
        await audit.AppendAsync(session, AuditEntry.On(actor, experiment, "run.delete", Shown(before)));
        session.AfterCommit(() => directory.Forget(runId));
        return Unit.Value;
    }

    /// <summary>The tables that hold what belongs to a run, under its number.</summary>
    public static readonly string[] RunTables = ["experiments_journal", "experiments_metric_points", "experiments_metrics", "experiments_params", "experiments_tags", "experiments_inputs", "experiments_run_models"];

    private static object Shown(RunRow run) => new { Run = run.Id, run.Name, Status = run.RunStatus, EndedAt = Instants.FromMicros(run.EndedAt) };

    private static Failure? CheckName(string? name)
        => name is not null && (string.IsNullOrWhiteSpace(name) || name.Length > 500 || name.Any(char.IsControl)) ? Failure.Invalid("name", name, "1 to 500 characters, no control characters") : null;

    private static Failure? CheckInputs(IReadOnlyList<string>? inputs)
    {
        if (inputs is { Count: > MostInputs }) return Failure.Invalid("inputs", $"{inputs.Count} inputs", $"at most {MostInputs}");
        for (var i = 0; i < (inputs?.Count ?? 0); i++)
            if (!DataReference.IsValid(inputs![i])) return Failure.Invalid($"inputs[{i}]", inputs[i], DataReference.Expected);
        return null;
    }

    private sealed class ExperimentRow
    {
        public long No { get; set; }
        public long? DeletedAt { get; set; }
    }
}
