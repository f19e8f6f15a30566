using System.Globalization;

namespace Dowel.Observability.Quality;

/// <summary>Figures of a classification, as scikit-learn defines them.</summary>
internal static class ClassificationFigures
{
    // A matrix that nobody can look at is left out.
    private const int MostShown = 100;

    /// <summary>The classes of truth and predictions in order: by number where all are numbers, by text otherwise. The second of two is the positive class.</summary>
    public static IReadOnlyList<string> ClassesOf(IReadOnlyList<(string Truth, string Prediction)> pairs, bool binary)
    {
        var classes = pairs.Select(p => p.Truth).Concat(pairs.Select(p => p.Prediction)).ToHashSet(StringComparer.Ordinal);
        if (binary) classes.UnionWith(classes.Contains("true") || classes.Contains("false") ? ["false", "true"] : ["0", "1"]);
        return classes.All(c => double.TryParse(c, CultureInfo.InvariantCulture, out _))
            ? [.. classes.OrderBy(c => double.Parse(c, CultureInfo.InvariantCulture)).ThenBy(c => c, StringComparer.Ordinal)]
            : [.. classes.Order(StringComparer.Ordinal)];
    }

    /// <summary>accuracy, precision, recall and f1: of the positive class where there are two classes, otherwise the mean over the classes (<c>average='macro'</c>); 0 where a denominator is 0.</summary>
    public static Dictionary<string, double> Of(IReadOnlyList<(string Truth, string Prediction)> pairs, IReadOnlyList<string> classes, out IReadOnlyList<long[]> confusion)
    {
        var place = classes.Select((c, i) => (c, i)).ToDictionary(c => c.c, c => c.i, StringComparer.Ordinal);
        var (hits, truths, predictions) = (new long[classes.Count], new long[classes.Count], new long[classes.Count]);
        var matrix = classes.Count <= MostShown ? classes.Select(_ => new long[classes.Count]).ToArray() : [];
        foreach (var (truth, prediction) in pairs)
        {
            var (t, p) = (place[truth], place[prediction]);
            truths[t]++;
            predictions[p]++;
            if (t == p) hits[t]++;
            if (matrix.Length > 0) matrix[t][p]++;
        }
        confusion = matrix;
        int[] counted = classes.Count == 2 ? [1] : [.. Enumerable.Range(0, classes.Count)];
        return new()
        {
            ["accuracy"] = Ratio(hits.Sum(), pairs.Count),
            ["precision"] = counted.Average(i => Ratio(hits[i], predictions[i])),
            ["recall"] = counted.Average(i => Ratio(hits[i], truths[i])),
            ["f1"] = counted.Average(i => Ratio(2 * hits[i], truths[i] + predictions[i])),
        };
    }

    /// <summary>log_loss and, where both classes occur, auc of the positive class's probabilities.</summary>
    public static void AddProbabilities(Dictionary<string, double> metrics, List<(bool Positive, double Probability)> scored)
    {
        // Clipped as scikit-learn does, so that one certain mistake is not infinite.
        const double Epsilon = 2.220446049250313e-16;
        metrics["log_loss"] = scored.Average(s => -Math.Log(Math.Clamp(s.Positive ? s.Probability : 1 - s.Probability, Epsilon, 1 - Epsilon)));

        // The area under the ROC curve is the chance that a positive ranks above a negative, ties counting half (Mann-Whitney).
        long positives = scored.Count(s => s.Positive), negatives = scored.Count - positives;
        if (positives == 0 || negatives == 0) return;
        scored.Sort((a, b) => a.Probability.CompareTo(b.Probability));
        var (wins, below) = (0.0, 0L);
        for (var i = 0; i < scored.Count;)
        {
            var (tiedPositives, tiedNegatives, value) = (0L, 0L, scored[i].Probability);
            for (; i < scored.Count && scored[i].Probability == value; i++) _ = scored[i].Positive ? tiedPositives++ : tiedNegatives++;
            wins += tiedPositives * (below + (tiedNegatives / 2.0));
            below += tiedNegatives;
        }
        metrics["auc"] = wins / ((double)positives * negatives);
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

/// <summary>Figures of a regression, as scikit-learn defines them.</summary>
internal static class RegressionFigures
{
    /// <summary>mae, rmse and r2 (left out where all truth is equal, as it is not defined).</summary>
    public static Dictionary<string, double> Of(IReadOnlyList<(double Truth, double Prediction)> pairs)
    {
        if (pairs.Count == 0) return [];
        var squares = pairs.Sum(p => (p.Truth - p.Prediction) * (p.Truth - p.Prediction));
        var mean = pairs.Average(p => p.Truth);
        var variance = pairs.Sum(p => (p.Truth - mean) * (p.Truth - mean));
        var metrics = new Dictionary<string, double>
        {
            ["mae"] = pairs.Average(p => Math.Abs(p.Truth - p.Prediction)),
            ["rmse"] = Math.Sqrt(squares / pairs.Count),
        };
        if (variance > 0) metrics["r2"] = 1 - (squares / variance);
        return metrics;
    }
}
