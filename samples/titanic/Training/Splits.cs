namespace Dowel.Samples.Titanic.Training;

/// <summary>Random splits that keep the share of survivors in every part.</summary>
public static class Splits
{
    /// <summary>For each row, which of the folds it is in.</summary>
    public static int[] Folds(IReadOnlyList<bool> labels, int folds, int seed)
    {
        var random = new Random(seed);
        var fold = new int[labels.Count];
        // Going on where the first class stopped keeps the folds of equal size, too.
        var next = 0;
        foreach (var label in (bool[])[false, true])
        {
            var rows = Enumerable.Range(0, labels.Count).Where(i => labels[i] == label).ToArray();
            random.Shuffle(rows);
            foreach (var row in rows) fold[row] = next++ % folds;
        }
        return fold;
    }

    /// <summary>Holds out a part for the final test.</summary>
    public static (IReadOnlyList<T> Train, IReadOnlyList<T> Test) HoldOut<T>(IReadOnlyList<T> rows, Func<T, bool> label, int oneIn, int seed)
    {
        var fold = Folds([.. rows.Select(label)], oneIn, seed);
        return ([.. rows.Where((_, i) => fold[i] != 0)], [.. rows.Where((_, i) => fold[i] == 0)]);
    }
}
