namespace Dowel.Observability.Drift;

/// <summary>S. Holm's step-down correction, "A simple sequentially rejective multiple test procedure", Scandinavian J. Statistics 6 (1979) 65-70.</summary>
internal static class Holm
{
    /// <summary>The corrected p-values, in the order given: the i-th smallest of k is multiplied by k - i + 1, none below those before it, none above 1.</summary>
    public static double[] Adjust(IReadOnlyList<double> pValues)
    {
        var adjusted = new double[pValues.Count];
        var (largest, factor) = (0.0, pValues.Count);
        foreach (var i in Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i])) adjusted[i] = largest = Math.Max(largest, Math.Min(1, pValues[i] * factor--));
        return adjusted;
    }
}
