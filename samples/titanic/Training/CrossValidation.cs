using Dowel.Samples.Titanic.Features;

namespace Dowel.Samples.Titanic.Training;

/// <summary>What cross-validation found: figures of each fold, their mean, and for each row the probability given by a model that had not seen it.</summary>
public sealed record CrossValidated(IReadOnlyList<BinaryMetrics> Folds, BinaryMetrics Mean, double[] Probabilities);

/// <summary>Trains on all folds but one and tests on that one, for each.</summary>
public static class CrossValidation
{
    public const int FoldCount = 5;

    public static CrossValidated Run(SurvivalTrainer trainer, IReadOnlyList<TrainingRow> rows, int seed = SurvivalTrainer.Seed)
    {
        bool[] labels = [.. rows.Select(r => r.Survived)];
        var fold = Splits.Folds(labels, FoldCount, seed);
        var outOfFold = new double[rows.Count];
        var metrics = new BinaryMetrics[FoldCount];
        // Each fold is a task of its own; the result does not depend on which ends first.
        Parallel.For(0, FoldCount, f =>
        {
            int[] test = [.. Enumerable.Range(0, rows.Count).Where(i => fold[i] == f)];
            var model = trainer.Fit([.. rows.Where((_, i) => fold[i] != f)]);
            var probabilities = model.Probabilities([.. test.Select(i => rows[i])]);
            for (var i = 0; i < test.Length; i++) outOfFold[test[i]] = probabilities[i];
            metrics[f] = BinaryMetrics.Of([.. test.Select(i => labels[i])], probabilities);
        });
        return new CrossValidated(metrics, BinaryMetrics.Mean(metrics), outOfFold);
    }
}
