namespace Dowel.Samples.Titanic.Training;

/// <summary>A point of the ROC curve.</summary>
public sealed record RocPoint(double Threshold, double FalsePositiveRate, double TruePositiveRate);

/// <summary>A point of the precision-recall curve.</summary>
public sealed record PrecisionRecallPoint(double Threshold, double Precision, double Recall);

/// <summary>Curves over all thresholds, highest first; one point for each different probability.</summary>
public static class Curves
{
    public static IReadOnlyList<RocPoint> Roc(IReadOnlyList<bool> labels, IReadOnlyList<double> probabilities)
    {
        double yes = labels.Count(l => l), no = labels.Count - yes;
        return [new(double.PositiveInfinity, 0, 0), .. Sweep(labels, probabilities).Select(s => new RocPoint(s.Threshold, s.FalsePositives / no, s.TruePositives / yes))];
    }

    public static IReadOnlyList<PrecisionRecallPoint> PrecisionRecall(IReadOnlyList<bool> labels, IReadOnlyList<double> probabilities)
    {
        double yes = labels.Count(l => l);
        return [.. Sweep(labels, probabilities).Select(s => new PrecisionRecallPoint(s.Threshold, (double)s.TruePositives / (s.TruePositives + s.FalsePositives), s.TruePositives / yes))];
    }

    private static IEnumerable<(double Threshold, int TruePositives, int FalsePositives)> Sweep(IReadOnlyList<bool> labels, IReadOnlyList<double> probabilities)
    {
        var order = Enumerable.Range(0, labels.Count).OrderByDescending(i => probabilities[i]).ToArray();
        int truePositives = 0, falsePositives = 0;
        for (var i = 0; i < order.Length; i++)
        {
            if (labels[order[i]]) truePositives++;
            else falsePositives++;
            if (i + 1 == order.Length || probabilities[order[i + 1]] != probabilities[order[i]]) yield return (probabilities[order[i]], truePositives, falsePositives);
        }
    }
}
