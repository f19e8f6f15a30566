using Dowel.Contracts;
using Dowel.Samples.Titanic.Features;
using Dowel.Samples.Titanic.Training;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>5. Three ways to learn, cross-validated with a fixed seed, each a run. The best mean AUC wins.</summary>
internal static class ExperimentStage
{
    public static async Task RunAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        var dana = state.Dana.Client;
        await dana.Experiments.CreateAsync(
            new CreateExperiment
            {
                Project = JourneyState.Project,
                Name = JourneyState.Experiment,
                Description = "Who survives? Chosen by mean AUC of 5-fold cross-validation.",
                Tags = new Dictionary<string, string> { ["task"] = "binary classification", ["selection_metric"] = "auc" },
            },
            cancellationToken);

        // The training set comes out of the feature store, so the endpoint will see what the model learned from.
        var training = await dana.FeatureViews.HistoricalAsync(
            new HistoricalFeaturesRequest { Features = [TitanicFeatures.View], EntityRows = FeatureTables.EntityRows(state.Passengers.Select(p => (p.Id, p.Survived)), JourneyState.Sinking) }, cancellationToken);
        var (train, test) = Splits.HoldOut(FeatureTables.ToTraining(training.Table), r => r.Survived, oneIn: 5, SurvivalTrainer.Seed);

        var candidates = await Task.Run(() => SurvivalTrainer.All.AsParallel().AsOrdered().Select(t => CandidateRun.Train(t.Name, t, train, test)).ToArray(), cancellationToken);
        state.Best = candidates.MaxBy(c => c.Validated.Mean.Auc)!;
        state.Bad = await Task.Run(() => CandidateRun.Train("trained on shuffled labels", SurvivalTrainer.GradientBoostedTrees, Shuffled(train), test), cancellationToken);
        IReadOnlyList<string> inputs = TrainingData(state);
        foreach (var candidate in (CandidateRun[])[.. candidates, state.Bad]) await candidate.LogAsync(dana.Runs, inputs, cancellationToken);

        foreach (var c in candidates)
        {
            report.Detail($"{c.Name,-23} {Words(c)}{(c == state.Best ? "  best" : "")}");
            report.Figure(c.Name.Replace(' ', '_'), new { auc = Math.Round(c.Validated.Mean.Auc, 4), accuracy = Math.Round(c.Validated.Mean.Accuracy, 4), test_accuracy = Math.Round(c.HeldOut.Accuracy, 4), test_auc = Math.Round(c.HeldOut.Auc, 4) });
        }
        report.Figure("best", state.Best.Name);
        report.Figure("selection_metric", "mean AUC of 5-fold cross-validation");
        await CheckAsync(state, candidates, cancellationToken);
        report.Say($"{candidates.Length} models, best by mean cross-validated AUC: {state.Best.Name} ({state.Best.Validated.Mean.Auc:F3})");
        report.Say($"held-out accuracy {state.Best.HeldOut.Accuracy:F3}");
        report.Detail($"matters most: {string.Join(", ", state.Best.Importance.Take(3).Select(i => $"{i.Feature} (−{i.AucDrop:F3} AUC)"))}");
    }

    public static IReadOnlyList<string> TrainingData(JourneyState state) =>
        [$"dataset:{JourneyState.Dataset}@{state.DatasetVersion}", $"features:{TitanicFeatures.View}@{state.FeatureView.DataVersion}"];

    private static async Task CheckAsync(JourneyState state, IReadOnlyList<CandidateRun> candidates, CancellationToken cancellationToken)
    {
        foreach (var c in candidates)
        {
            Check.That(c.HeldOut.Accuracy <= 0.9, $"accuracy on held-out passengers is at most 0.9 ({c.Name} has {c.HeldOut.Accuracy:F3})", "More means leakage: look for a feature that knows who survived.");
            Check.That(c.HeldOut.Accuracy >= 0.76 && c.Validated.Mean.Auc >= 0.8, $"{c.Name} learned something ({Words(c)})", "Look at the features that were joined, and at the trainer's parameters.");
        }
        // The server agrees on which run is best, and has its model.
        var runs = await state.Dana.Client.Runs.ListAsync(JourneyState.Experiment, new RunQuery { Sort = "-metrics.auc" }, cancellationToken);
        Check.That(runs.Items.Count == candidates.Count + 1 && runs.Items.All(r => r.Status == RunStatus.Finished), "every run is there and finished");
        Check.That(runs.Items[0].Id == state.Best.RunId, "sorted by AUC, the best run is first");
        Check.That(runs.Items[0].Metrics.GetValueOrDefault("auc") == state.Best.Validated.Mean.Auc, "the server kept the best run's AUC");
        var folds = await state.Dana.Client.Runs.MetricAsync(state.Best.RunId, "fold_auc", cancellationToken);
        Check.That(folds.Count == CrossValidation.FoldCount, "each fold's AUC is kept");
        var files = await state.Dana.Client.Runs.ArtifactsAsync(state.Best.RunId, "model", cancellationToken);
        Check.That(files.Any(f => f.Path.EndsWith("model.zip", StringComparison.Ordinal)), "the model is among the run's artifacts");
    }

    /// <summary>Labels dealt out at random: whatever learns from them has learned nothing.</summary>
    private static TrainingRow[] Shuffled(IReadOnlyList<TrainingRow> rows)
    {
        bool[] labels = [.. rows.Select(r => r.Survived)];
        new Random(SurvivalTrainer.Seed).Shuffle(labels);
        return [.. rows.Zip(labels, (row, label) =>
        {
            var copy = row.Copy();
            copy.Survived = label;
            return copy;
        })];
    }

    private static string Words(CandidateRun c) => FormattableString.Invariant(
        $"AUC {c.Validated.Mean.Auc:F3}, accuracy {c.Validated.Mean.Accuracy:F3}, F1 {c.Validated.Mean.F1:F3}, log-loss {c.Validated.Mean.LogLoss:F3}; held out: accuracy {c.HeldOut.Accuracy:F3}, AUC {c.HeldOut.Auc:F3}");
}
