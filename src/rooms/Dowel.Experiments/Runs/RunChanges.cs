using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Runs;

/// <summary>Changes several runs of an experiment in one transaction.</summary>
internal sealed class RunChanges(IDb db, RunService runs, RunLog log, NameTable names, RunDirectory directory)
{
    private const int Most = 1000;

    public async Task<Result<Unit>> ApplyAsync(Actor actor, Resource experiment, ChangeRuns spec, CancellationToken cancellationToken)
    {
        // Sorted, so that no two callers wait for each other.
        var ids = (spec.Runs ?? []).Distinct().Order(StringComparer.Ordinal).ToList();
        if (ids.Count is 0 or > Most) return Failure.Invalid("runs", $"{ids.Count} runs", $"the ids of 1 to {Most} runs");
        if (!Enum.IsDefined(spec.Change)) return Failure.Invalid("change", spec.Change, "trash, restore, delete or tag");
        if (spec.Change == RunChange.Tag != spec.Tags is { Count: > 0 }) return Failure.Invalid("tags", spec.Tags?.Count ?? 0, "the tags to set, where the change is tag, and none elsewhere");
        var tags = new LogToRun { Tags = spec.Tags };
        if (LogRules.Check(tags) is { } wrong) return wrong;
        await names.EnsureAsync(tags, cancellationToken);
        var home = await directory.NumberAsync(experiment.Id, cancellationToken);
        return await db.WriteAsync<Unit>(async s =>
        {
            foreach (var id in ids)
            {
                // Who may edit this experiment may not touch a run of another.
                if (await RunKeys.FindAsync(s, id) is not { } run || run.ExperimentNo != home) return RunKeys.NotFound(id);
                var done = spec.Change switch
                {
                    RunChange.Delete => await runs.DeleteAsync(s, actor, experiment, id),
                    RunChange.Tag => await TagAsync(s, id, tags),
                    var change => await runs.SetDeletedAsync(s, actor, experiment, id, change == RunChange.Trash),
                };
                if (!done.TryGet(out _, out var failure)) return failure;
            }
            return Unit.Value;
        }, cancellationToken);
    }

    private async Task<Result<Unit>> TagAsync(DbSession session, string id, LogToRun tags)
        => !(await RunKeys.ActiveAsync(session, id)).TryGet(out var run, out var failure) ? failure : await log.WriteAsync(session, run, tags) is { } refused ? refused : Unit.Value;
}
