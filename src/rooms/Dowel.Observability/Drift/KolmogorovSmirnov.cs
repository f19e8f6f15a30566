namespace Dowel.Observability.Drift;

/// <summary>A test's result.</summary>
internal readonly record struct TestResult(double Statistic, double PValue, string Method);

/// <summary>
/// The two-sample, two-sided Kolmogorov-Smirnov test, as SciPy's <c>ks_2samp(method='auto')</c>: exact where both samples have at most 10,000 values, otherwise with the
/// distribution of the one-sample statistic of n·m/(n+m) values. Ties: the empirical distribution functions are compared at each value, after all its ties.
/// </summary>
/// <remarks>
/// The exact probability is that a random lattice path from (0,0) to (n,m) leaves the band |x/n - y/m| &lt; d:
/// J. L. Hodges, "The significance probability of the Smirnov two-sample test", Arkiv för Matematik 3 (1958) 469-486.
/// It is counted as the proportion of paths outside, without subtraction, so that small p-values keep their digits
/// (T. Viehmann, "Numerically more stable computation of the p-values for the two-sample Kolmogorov-Smirnov test", arXiv:2102.08037).
/// With ties the exact p-value is that of the untied case and so, as in SciPy, an upper bound.
/// </remarks>
internal static class KolmogorovSmirnov
{
    private const int MostForExact = 10_000;

    public static TestResult Test(double[] first, double[] second)
    {
        double[] a = [.. first], b = [.. second];
        Array.Sort(a);
        Array.Sort(b);
        var (n, m) = ((long)a.Length, (long)b.Length);
        var gcd = Gcd(n, m);
        var lcm = n / gcd * m;
        // The largest difference, in whole steps of 1/lcm.
        var steps = LargestDifference(a, b, n / gcd, m / gcd);
        var d = (double)steps / lcm;
        if (steps == 0) return new(0, 1, Math.Max(n, m) <= MostForExact ? "exact" : "asymptotic");
        if (Math.Max(n, m) <= MostForExact)
        {
            var p = n == m ? OutsideSquare(n, steps) : Outside((int)Math.Max(n, m), (int)Math.Min(n, m), gcd, steps);
            return new(d, Math.Clamp(p, 0, 1), "exact");
        }
        var effective = Math.Round((double)n * m / (n + m));
        return new(d, KolmogorovDistribution.Survival((int)effective, d), "asymptotic");
    }

    private static long LargestDifference(double[] a, double[] b, long stepsOfB, long stepsOfA)
    {
        // One value of a is worth lcm/n = m/gcd steps, one of b n/gcd.
        var (i, j, largest) = (0, 0, 0L);
        while (i < a.Length && j < b.Length)
        {
            var value = Math.Min(a[i], b[j]);
            while (i < a.Length && a[i] <= value) i++;
            while (j < b.Length && b[j] <= value) j++;
            largest = Math.Max(largest, Math.Abs((i * stepsOfA) - (j * stepsOfB)));
        }
        return largest;
    }

    /// <summary>Equal sizes: the reflection principle gives an alternating sum, evaluated by Horner's scheme from its smallest term.</summary>
    private static double OutsideSquare(long n, long h)
    {
        var p = 0.0;
        for (var k = n / h; k >= 0; k--)
        {
            var term = 1.0;
            for (var j = 0L; j < h; j++) term = (n - (k * h) - j) * term / (n + (k * h) + j + 1);
            p = term * (1 - p);
        }
        return 2 * p;
    }

    /// <summary>Different sizes (m larger): the proportion of the paths to (i, j) that have been outside, column by column.</summary>
    private static double Outside(int m, int n, long gcd, long h)
    {
        var (mg, ng) = (m / gcd, n / gcd);
        var outside = new double[n + 1];
        Array.Fill(outside, 1.0);
        var (first, end) = (0L, Math.Min(CeilingOf(h, mg), n + 1));
        for (var j = first; j < end; j++) outside[j] = 0;
        for (var i = 1L; i <= m; i++)
        {
            first = Math.Min(Math.Max(FloorOf((ng * i) - h, mg) + 1, 0), n);
            end = Math.Min(CeilingOf((ng * i) + h, mg), n + 1);
            if (end <= first) return 1;
            var value = first == 0 ? 0.0 : 1.0;
            for (var j = first; j < end; j++) outside[j] = value = ((outside[j] * i) + (value * j)) / (i + j);
        }
        return outside[end - 1];
    }

    private static long FloorOf(long a, long b) => a >= 0 ? a / b : -((-a + b - 1) / b);

    private static long CeilingOf(long a, long b) => (a + b - 1) / b;

    private static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);
}
