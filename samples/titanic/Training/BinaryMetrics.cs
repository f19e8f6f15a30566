namespace Dowel.Samples.Titanic.Training;

/// <summary>A confusion matrix at a threshold of one half.</summary>
public sealed record Confusion(int TrueNegatives, int FalsePositives, int FalseNegatives, int TruePositives)
{
    public static Confusion Of(IReadOnlyList<bool> labels, IReadOnlyList<double> probabilities, double threshold = 0.5)
    {
        Span<int> cells = stackalloc int[4];
        for (var i = 0; i < labels.Count; i++) cells[(labels[i] ? 2 : 0) + (probabilities[i] >= threshold ? 1 : 0)]++;
        return new(cells[0], cells[1], cells[2], cells[3]);
    }
}

/// <summary>How good probabilities of a yes are. The same definitions as scikit-learn's functions of these names.</summary>
public sealed record BinaryMetrics(double Accuracy, double Precision, double Recall, double F1, double Auc, double LogLoss)
{
    public static BinaryMetrics Of(IReadOnlyList<bool> labels, IReadOnlyList<double> probabilities)
    {
        if (labels.Count == 0 || labels.Count != probabilities.Count) throw new ArgumentException("There must be as many probabilities as labels, and at least one.", nameof(probabilities));
        var c = Confusion.Of(labels, probabilities);
        return new(
            (double)(c.TruePositives + c.TrueNegatives) / labels.Count,
            Ratio(c.TruePositives, c.TruePositives + c.FalsePositives),
            Ratio(c.TruePositives, c.TruePositives + c.FalseNegatives),
            Ratio(2 * c.TruePositives, (2 * c.TruePositives) + c.FalsePositives + c.FalseNegatives),
            AreaUnderRoc(labels, probabilities),
            MeanLogLoss(labels, probabilities));
    }

    public static BinaryMetrics Mean(IReadOnlyCollection<BinaryMetrics> all) => new(
        all.Average(m => m.Accuracy), all.Average(m => m.Precision), all.Average(m => m.Recall), all.Average(m => m.F1), all.Average(m => m.Auc), all.Average(m => m.LogLoss));

    public IReadOnlyDictionary<string, double> ByName() => new Dictionary<string, double>
    {
        ["accuracy"] = Accuracy,
        ["precision"] = Precision,
        ["recall"] = Recall,
        ["f1"] = F1,
        ["auc"] = Auc,
        ["log_loss"] = LogLoss,
    };

    /// <summary>The chance that a random yes is placed above a random no; ties count half (Mann and Whitney's U).</summary>
    public static double AreaUnderRoc(IReadOnlyList<bool> labels, IReadOnlyList<double> probabilities)
    {
        var order = Enumerable.Range(0, labels.Count).OrderBy(i => probabilities[i]).ToArray();
        double rankSum = 0;
        long yes = 0;
        for (var from = 0; from < order.Length;)
        {
            var to = from;
            while (to < order.Length && probabilities[order[to]] == probabilities[order[from]]) to++;
            var rank = (from + 1 + to) / 2.0;
            for (; from < to; from++)
            {
                if (!labels[order[from]]) continue;
                rankSum += rank;
                yes++;
            }
        }
        var no = labels.Count - yes;
        return yes == 0 || no == 0 ? double.NaN : (rankSum - (yes * (yes + 1) / 2.0)) / yes / no;
    }

    private static double MeanLogLoss(IReadOnlyList<bool> labels, IReadOnlyList<double> probabilities)
    {
        // The smallest step of a double keeps the logarithm finite, as scikit-learn does it.
        const double smallest = 2.220446049250313e-16;
        double sum = 0;
        for (var i = 0; i < labels.Count; i++)
        {
            var p = Math.Clamp(probabilities[i], smallest, 1 - smallest);
            sum -= Math.Log(labels[i] ? p : 1 - p);
        }
        return sum / labels.Count;
    }

    private static double Ratio(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
}
