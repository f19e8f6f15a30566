using Dowel.Samples.Titanic.Features;

namespace Dowel.Samples.Titanic.Training;

/// <summary>How much AUC is lost when a feature's values are shuffled among the rows: mean and standard deviation over the repeats (Breiman 2001; Fisher et al. 2019).</summary>
public sealed record Importance(string Feature, double AucDrop, double Deviation);

public static class PermutationImportance
{
    private const int Repeats = 5;

    private static readonly IReadOnlyList<(string Name, Action<TrainingRow, TrainingRow> Take)> Features =
    [
        ("title", (row, other) => row.Title = other.Title),
        ("is_female", (row, other) => row.IsFemale = other.IsFemale),
        ("class_number", (row, other) => row.ClassNumber = other.ClassNumber),
        ("age", (row, other) => row.Age = other.Age),
        ("age_missing", (row, other) => row.AgeMissing = other.AgeMissing),
        ("is_child", (row, other) => row.IsChild = other.IsChild),
        ("family_size", (row, other) => row.FamilySize = other.FamilySize),
    ];

    /// <summary>Importance of each feature on rows that the model has not learned from, greatest first.</summary>
    public static IReadOnlyList<Importance> Of(Func<IReadOnlyList<TrainingRow>, double[]> predict, IReadOnlyList<TrainingRow> rows, int seed = SurvivalTrainer.Seed)
    {
        bool[] labels = [.. rows.Select(r => r.Survived)];
        var whole = BinaryMetrics.AreaUnderRoc(labels, predict(rows));
        var random = new Random(seed);
        return [.. Features.Select(feature =>
        {
            double[] drops = [.. Enumerable.Range(0, Repeats).Select(_ =>
            {
                TrainingRow[] others = [.. rows];
                random.Shuffle(others);
                TrainingRow[] shuffled = [.. rows.Zip(others, (row, other) =>
                {
                    var copy = row.Copy();
                    feature.Take(copy, other);
                    return copy;
                })];
                return whole - BinaryMetrics.AreaUnderRoc(labels, predict(shuffled));
            })];
            var mean = drops.Average();
            return new Importance(feature.Name, mean, Math.Sqrt(drops.Average(d => (d - mean) * (d - mean))));
        }).OrderByDescending(i => i.AucDrop)];
    }
}
