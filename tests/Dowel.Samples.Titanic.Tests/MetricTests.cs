using Dowel.Samples.Titanic.Training;

namespace Dowel.Samples.Titanic.Tests;

/// <summary>
/// Against scikit-learn 1.2.1: y = RandomState(1912).randint(0, 2, 40); p = round(clip(0.35 y + 0.6 rand(40), 0, 1), 2) with p[3] = 0 and p[7] = 1;
/// accuracy_score, precision_score, recall_score, f1_score at p >= 0.5; roc_auc_score, log_loss, confusion_matrix, roc_curve(drop_intermediate=False), precision_recall_curve.
/// </summary>
public sealed class MetricTests
{
    private static readonly bool[] Labels = [.. "1011101000100011010110001110111010011000".Select(c => c == '1')];
    private static readonly double[] Probabilities =
    [
        0.55, 0.55, 0.39, 0.0, 0.9, 0.57, 0.75, 1.0, 0.19, 0.18, 0.95, 0.34, 0.28, 0.57, 0.82, 0.51, 0.39, 0.84, 0.56, 0.35,
        0.43, 0.59, 0.09, 0.06, 0.61, 0.87, 0.61, 0.57, 0.38, 0.74, 0.66, 0.24, 0.76, 0.18, 0.08, 0.58, 0.53, 0.2, 0.24, 0.32,
    ];

    [Fact]
    public void Figures_are_those_of_scikit_learn()
    {
        var m = BinaryMetrics.Of(Labels, Probabilities);
        Assert.Equal(0.7, m.Accuracy, 12);
        Assert.Equal(0.6818181818181818, m.Precision, 12);
        Assert.Equal(0.75, m.Recall, 12);
        Assert.Equal(0.7142857142857143, m.F1, 12);
        Assert.Equal(0.79, m.Auc, 12);
        Assert.Equal(2.239082839461144, m.LogLoss, 10);
        Assert.Equal(new Confusion(13, 7, 5, 15), Confusion.Of(Labels, Probabilities));
    }

    [Fact]
    public void Curves_are_those_of_scikit_learn()
    {
        var roc = Curves.Roc(Labels, Probabilities);
        Assert.Equal(34, roc.Count);
        Assert.Equal(new RocPoint(double.PositiveInfinity, 0, 0), roc[0]);
        Assert.Equal(new RocPoint(0.84, 0.05, 0.2), roc[5]);
        Assert.Equal(new RocPoint(0.59, 0.1, 0.55), roc[12]);
        Assert.Equal((1, 1), (roc[^1].FalsePositiveRate, roc[^1].TruePositiveRate));
        var area = roc.Zip(roc.Skip(1), (a, b) => (b.FalsePositiveRate - a.FalsePositiveRate) * (a.TruePositiveRate + b.TruePositiveRate) / 2).Sum();
        Assert.Equal(0.79, area, 12);

        // scikit-learn's come lowest threshold first, with a last point (1, 0) that belongs to no threshold.
        var curve = Curves.PrecisionRecall(Labels, Probabilities);
        Assert.Equal(33, curve.Count);
        Assert.Equal(new PrecisionRecallPoint(0, 0.5, 1), curve[^1]);
        Assert.Equal(0.48717949, curve[^2].Precision, 8);
        Assert.Equal((0.06, 0.95), (curve[^2].Threshold, curve[^2].Recall));
        Assert.Equal((1.0, 0.0, 0.0), (curve[0].Threshold, curve[0].Precision, curve[0].Recall));
        Assert.Equal(2.0 / 3, curve[2].Precision, 12);
    }

    [Fact]
    public void Perfect_useless_and_one_sided_answers()
    {
        var perfect = BinaryMetrics.Of([true, false, true], [0.9, 0.1, 0.8]);
        Assert.Equal((1, 1, 1), (perfect.Accuracy, perfect.Auc, perfect.F1));
        Assert.Equal(0.5, BinaryMetrics.AreaUnderRoc([true, false, true, false], [0.3, 0.3, 0.3, 0.3]));
        var never = BinaryMetrics.Of([true, false], [0.1, 0.2]);
        Assert.Equal((0, 0, 0), (never.Precision, never.Recall, never.F1));
        Assert.True(double.IsNaN(BinaryMetrics.AreaUnderRoc([true, true], [0.1, 0.2])));
        Assert.True(double.IsFinite(BinaryMetrics.Of([true, false], [0, 1]).LogLoss));
        Assert.Throws<ArgumentException>(() => BinaryMetrics.Of([true], []));
    }
}
