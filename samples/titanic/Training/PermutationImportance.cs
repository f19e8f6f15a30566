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
        var random = new Random(seed);
        TrainingRow[][] shuffles = [.. Features.SelectMany(feature => Enumerable.Range(0, Repeats).Select(_ => Shuffle(rows, feature.Take, random)))];
        // One prediction of everything is far faster than many of a few rows; the first are the rows as they are.
        var areas = predict([.. rows, .. shuffles.SelectMany(s => s)]).Chunk(rows.Count).Select(part => BinaryMetrics.AreaUnderRoc(labels, part)).ToArray();
        return [.. Features.Select((feature, i) =>
        {
            double[] drops = [.. Enumerable.Range(0, Repeats).Select(repeat => areas[0] - areas[1 + (i * Repeats) + repeat])];
            var mean = drops.Average();
            return new Importance(feature.Name, mean, Math.Sqrt(drops.Average(d => (d - mean) * (d - mean))));
        }).OrderByDescending(i => i.AucDrop)];
    }

    private static TrainingRow[] Shuffle(IReadOnlyList<TrainingRow> rows, Action<TrainingRow, TrainingRow> take, Random random)
    {
        TrainingRow[] others = [.. rows];
        random.Shuffle(others);
        return [.. rows.Zip(others, (row, other) =>
        {
            var copy = row.Copy();
            take(copy, other);
            return copy;
        })];
    }
}
