using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Import;

/// <summary>Brings the database's experiments, runs and logged models to the server. It keeps no state: the server says how far each thing is.</summary>
internal sealed class ImportJob(MlflowReader reader, MlflowImport server, ImportTally tally, ImportProgress progress)
{
    private const int MostPoints = 10_000;
    private const long MostText = 4_000_000;
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _sent = new(StringComparer.Ordinal);

    /// <summary>The experiments that are on the server.</summary>
    public IReadOnlySet<string> Experiments => _sent.Keys.ToHashSet();

    /// <summary>Whether a run or logged model was refused.</summary>
    public bool IsRefused(string owner) => _refused.Contains(owner);

    public async Task ExperimentsAsync(IReadOnlyList<FoundExperiment> experiments, CancellationToken cancellationToken)
    {
        progress.Begin(ImportParts.Experiments, experiments.Count);
        foreach (var experiment in experiments)
        {
            try
            {
                var done = await server.ExperimentAsync(experiment.Id, experiment.Spec, cancellationToken);
                _sent[experiment.Id] = done.Id;
                if (done.Outcome is ImportOutcome.Unchanged) tally.Experiments.Present++;
                else tally.Experiments.Imported++;
            }
            catch (DowelException e) when (IsAboutTheThing(e))
            {
                tally.Refuse(tally.Experiments, $"experiment '{experiment.Spec.Name}': {e.Message}");
            }
            progress.Add(ImportParts.Experiments, 1);
        }
    }

    public async Task RunsAsync(bool dryRun, CancellationToken cancellationToken, IReadOnlySet<string>? experiments = null)
    {
        progress.Begin(ImportParts.Runs, tally.Runs.Found);
        if (!dryRun) progress.Begin(ImportParts.Points, tally.MetricPoints.Found);
        await foreach (var page in reader.RunsAsync(experiments ?? Experiments, cancellationToken))
        {
            var states = (await server.CheckRunsAsync([.. page.Select(r => new ImportItem(r.Spec.Id, r.Spec.Version, r.Points))], cancellationToken)).ToDictionary(s => s.Id);
            var free = new List<FoundRun>();
            foreach (var run in page)
            {
                if (states[run.Spec.Id].Conflict is not { } conflict) free.Add(run);
                else Refuse(tally.Runs, run.Spec.Id, conflict);
            }
            tally.Runs.Present += free.Count(r => states[r.Spec.Id].IsCurrent);
            if (dryRun) tally.MetricPoints.Present += free.Sum(r => states[r.Spec.Id].Sent);
            else
            {
                foreach (var group in free.Where(r => !states[r.Spec.Id].IsCurrent).GroupBy(r => r.Experiment))
                    foreach (var part in Parts(group, r => r.Spec, Length))
                    {
                        var result = await server.RunsAsync(group.Key, part, cancellationToken);
                        tally.Runs.Imported += result.Written;
                        tally.Skip(result.Skipped);
                    }
                await PointsAsync([.. free.Where(r => r.Points > 0)], states, cancellationToken);
            }
            progress.Add(ImportParts.Runs, page.Count);
        }
    }

    public async Task LoggedModelsAsync(bool dryRun, CancellationToken cancellationToken, IReadOnlySet<string>? experiments = null)
    {
        progress.Begin(ImportParts.LoggedModels, tally.LoggedModels.Found);
        await foreach (var page in reader.LoggedModelsAsync(experiments ?? Experiments, cancellationToken))
        {
            var states = (await server.CheckLoggedModelsAsync([.. page.Select(m => new ImportItem(m.Spec.Id, m.Spec.Version))], cancellationToken)).ToDictionary(s => s.Id);
            foreach (var model in page)
                if (states[model.Spec.Id].Conflict is { } conflict) Refuse(tally.LoggedModels, model.Spec.Id, conflict);
            tally.LoggedModels.Present += page.Count(m => states[m.Spec.Id].IsCurrent);
            if (!dryRun)
                foreach (var group in page.Where(m => states[m.Spec.Id] is { Conflict: null, IsCurrent: false }).GroupBy(m => m.Experiment))
                    foreach (var part in Parts(group, m => m.Spec, m => m.Params.Sum(p => p.Value.Length) + m.Tags.Sum(t => t.Value.Length) + m.Metrics.Count * 150L))
                    {
                        var result = await server.LoggedModelsAsync(group.Key, part, cancellationToken);
                        tally.LoggedModels.Imported += result.Written;
                        tally.Skip(result.Skipped);
                    }
            progress.Add(ImportParts.LoggedModels, page.Count);
        }
    }

    private async Task PointsAsync(List<FoundRun> runs, Dictionary<string, ImportState> states, CancellationToken cancellationToken)
    {
        foreach (var done in runs.Where(r => states[r.Spec.Id].Sent >= r.Points).ToList())
        {
            runs.Remove(done);
            tally.MetricPoints.Present += done.Points;
            progress.Add(ImportParts.Points, done.Points);
        }
        if (runs.Count == 0) return;
        var batch = new PointBatch();
        var totals = runs.ToDictionary(r => r.Spec.Id, r => r.Points);
        var (current, passed) = ("", 0L);
        await foreach (var point in reader.PointsAsync([.. runs.Select(r => r.Spec.Id)], cancellationToken))
        {
            if (point.Run != current) (current, passed) = (point.Run, 0);
            // What is here already is read past; what came to the database since it was counted, and could stand anywhere in the order, is for the next import.
            if (passed++ < states[point.Run].Sent)
            {
                tally.MetricPoints.Present++;
                progress.Add(ImportParts.Points, 1);
                continue;
            }
            if (passed > totals[point.Run]) continue;
            batch.Add(point, totals[point.Run], passed - 1, tally);
            if (batch.Count == MostPoints) await SendAsync(batch, cancellationToken);
        }
        await SendAsync(batch, cancellationToken);
    }

    private async Task SendAsync(PointBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Count == 0) return;
        var result = await server.MetricsAsync(batch.Series, cancellationToken);
        tally.MetricPoints.Imported += result.Written;
        tally.Skip(result.Skipped);
        progress.Add(ImportParts.Points, batch.Count);
        batch.Clear();
    }

    private void Refuse(Things things, string id, string why)
    {
        _refused.Add(id);
        tally.Refuse(things, why);
    }

    // What the server says of one thing does not stop the others; that it is not there, or that the user may not, does.
    private static bool IsAboutTheThing(DowelException e) => e.Status is 400 or 404 or 409 or 413 or 422 && e.Code != ErrorCodes.RoomOff.Code && e.Code != ErrorCodes.NotFound.Code;

    private static long Length(ImportRun run) => run.Params.Sum(p => p.Key.Length + p.Value.Length) + run.Tags.Sum(t => t.Key.Length + t.Value.Length) + run.Datasets.Sum(d => 500 + d.Source.Length + (d.Schema?.Length ?? 0) + (d.Profile?.Length ?? 0));

    /// <summary>In parts that are no larger than the server takes.</summary>
    private static IEnumerable<List<T>> Parts<TFound, T>(IEnumerable<TFound> found, Func<TFound, T> specOf, Func<T, long> lengthOf)
    {
        var (part, length) = (new List<T>(), 0L);
        foreach (var spec in found.Select(specOf))
        {
            var more = lengthOf(spec);
            if (part.Count > 0 && length + more > MostText)
            {
                yield return part;
                (part, length) = ([], 0);
            }
            part.Add(spec);
            length += more;
        }
        if (part.Count > 0) yield return part;
    }
}
