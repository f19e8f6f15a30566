namespace Dowel.Observability.Drift;

/// <summary>
/// The population stability index Σ (c - r) · ln(c / r) over bins, with r and c the bins' shares of the reference and the current window (the symmetric Kullback-Leibler divergence of the binned data).
/// A share below 0.0001 counts as 0.0001, so that an empty bin gives a large number and not infinity. Rule of thumb: below 0.1 stable, above 0.25 changed.
/// </summary>
internal static class StabilityIndex
{
    private const int Bins = 10;
    private const double LeastShare = 1e-4;

    /// <summary>Numbers: bins between the nine deciles of the reference (linear interpolation, as numpy's <c>quantile</c>); equal deciles become one, a bin includes its upper edge.</summary>
    public static double OfNumbers(double[] reference, double[] current)
    {
        double[] sorted = [.. reference];
        Array.Sort(sorted);
        double[] edges = [.. Enumerable.Range(1, Bins - 1).Select(i => Quantile(sorted, (double)i / Bins)).Distinct()];
        return OfCounts(Count(reference, edges), Count(current, edges));
    }

    /// <summary>Categories: each is a bin.</summary>
    public static double OfCounts(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        double n = reference.Sum(), m = current.Sum();
        var sum = 0.0;
        for (var i = 0; i < reference.Count; i++)
        {
            var (r, c) = (Math.Max(reference[i] / n, LeastShare), Math.Max(current[i] / m, LeastShare));
            sum += (c - r) * Math.Log(c / r);
        }
        return sum;
    }

    private static long[] Count(double[] values, double[] edges)
    {
        var counts = new long[edges.Length + 1];
        foreach (var value in values)
        {
            var place = Array.BinarySearch(edges, value);
            counts[place < 0 ? ~place : place]++;
        }
        return counts;
    }

    private static double Quantile(double[] sorted, double q)
    {
        var at = q * (sorted.Length - 1);
        var low = (int)Math.Floor(at);
        var high = Math.Min(low + 1, sorted.Length - 1);
        // Infinities have no values between them and their neighbours.
        return sorted[low] == sorted[high] ? sorted[low] : sorted[low] + ((at - low) * (sorted[high] - sorted[low]));
    }
}
