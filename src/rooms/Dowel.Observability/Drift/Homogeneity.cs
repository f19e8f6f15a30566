using MathNet.Numerics;

namespace Dowel.Observability.Drift;

/// <summary>Counts of categories in both windows; those too rare to be tested are merged.</summary>
/// <param name="Names">The categories.</param>
/// <param name="Reference">Their counts in the reference.</param>
/// <param name="Current">Their counts in the current window.</param>
internal sealed record Categories(IReadOnlyList<string> Names, IReadOnlyList<long> Reference, IReadOnlyList<long> Current)
{
    public const string Missing = "(missing)";
    public const string Other = "(other)";

    // Cochran's rule of thumb for the chi-squared approximation, W. G. Cochran, Biometrics 10 (1954) 417-451.
    private const double LeastExpected = 5;

    /// <summary>
    /// Merges the categories of which fewer than 5 are expected in either window into one; if that one stays below 5 itself, the smallest of the others joins it.
    /// </summary>
    public static Categories Merge(IEnumerable<(string Name, long Reference, long Current)> counts)
    {
        var all = counts.OrderByDescending(c => c.Reference + c.Current).ThenBy(c => c.Name, StringComparer.Ordinal).ToList();
        double n = all.Sum(c => c.Reference), m = all.Sum(c => c.Current);
        var smaller = Math.Min(n, m) / (n + m);
        var kept = all.Count;
        var other = (Reference: 0L, Current: 0L);
        bool Rare((long Reference, long Current) c) => (c.Reference + c.Current) * smaller < LeastExpected;
        // In order of size, so what is rare stands at the end.
        while (kept > 0 && (Rare((all[kept - 1].Reference, all[kept - 1].Current)) || (other is not (0, 0) && Rare(other))))
        {
            kept--;
            other = (other.Reference + all[kept].Reference, other.Current + all[kept].Current);
        }
        var merged = all.Take(kept).ToList();
        if (kept < all.Count) merged.Add((Other, other.Reference, other.Current));
        return new([.. merged.Select(c => c.Name)], [.. merged.Select(c => c.Reference)], [.. merged.Select(c => c.Current)]);
    }
}

/// <summary>Pearson's chi-squared test of homogeneity of two samples, without continuity correction (SciPy: <c>chi2_contingency(table, correction=False)</c>).</summary>
internal static class Homogeneity
{
    public static TestResult Test(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        double n = reference.Sum(), m = current.Sum();
        var statistic = 0.0;
        for (var i = 0; i < reference.Count; i++)
        {
            var share = (reference[i] + current[i]) / (n + m);
            if (share == 0) continue;
            statistic += Square(reference[i] - (n * share)) / (n * share);
            statistic += Square(current[i] - (m * share)) / (m * share);
        }
        var degrees = reference.Count - 1;
        return new(statistic, degrees <= 0 ? 1 : Survival(statistic, degrees), "asymptotic");
    }

    /// <summary>P(χ² ≥ x): the regularised upper incomplete gamma function, which keeps its digits far out in the tail where 1 - CDF would be 0 or negative.</summary>
    public static double Survival(double x, int degrees) => x <= 0 ? 1 : Math.Clamp(SpecialFunctions.GammaUpperRegularized(degrees / 2.0, x / 2), 0, 1);

    private static double Square(double v) => v * v;
}
