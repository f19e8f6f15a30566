using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace Dowel.Observability.Drift;

/// <summary>
/// P(D ≥ x) of the two-sided one-sample Kolmogorov-Smirnov statistic of n values.
/// The choice of method is that of R. Simard and P. L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution", J. Statistical Software 39(11), 2011, as SciPy's <c>kstwo</c> makes it.
/// </summary>
internal static class KolmogorovDistribution
{
    private const double Scale = 1e120;
    private const double LogScale = 276.3102111592855; // ln 1e120

    public static double Survival(int n, double x)
    {
        var t = n * x;
        if (x >= 1) return 0;
        if (t <= 0.5) return 1;
        // Ruben and Gambino (1982): closed forms at both ends.
        if (t <= 1) return Clip(1 - Math.Exp(SpecialFunctions.GammaLn(n + 1) - (n * Math.Log(n)) + (n * Math.Log((2 * t) - 1))));
        if (t >= n - 1) return Clip(2 * Math.Pow(1 - x, n));
        if (x >= 0.5) return Clip(2 * OneSided(n, x));
        var nxx = t * x;
        if (n <= 140) return Clip(nxx <= 4 ? 1 - DurbinMatrix(n, x) : 2 * OneSided(n, x));
        if (nxx >= 370) return 0;
        if (nxx >= 2.2) return Clip(2 * OneSided(n, x));
        return Clip(1 - (n <= 100_000 && n * Math.Pow(x, 1.5) <= 1.4 ? DurbinMatrix(n, x) : PelzGood(n, x)));
    }

    /// <summary>
    /// P(D⁺ ≥ x), N. V. Smirnov's sum of positive terms: x · Σ C(n,j) (x + j/n)^(j-1) (1 - x - j/n)^(n-j), for j ≤ n(1-x).
    /// Twice that is the two-sided probability up to a relative error below 1e-10 where it is used (Miller 1956).
    /// </summary>
    private static double OneSided(int n, double x)
    {
        var sum = 0.0;
        var logChoose = 0.0;
        var last = (int)Math.Floor(n * (1 - x));
        for (var j = 0; j <= last; j++)
        {
            if (j > 0) logChoose += Math.Log((double)(n - j + 1) / j);
            var rest = 1 - x - ((double)j / n);
            if (rest <= 0) break;
            sum += Math.Exp(logChoose + ((j - 1) * Math.Log(x + ((double)j / n))) + ((n - j) * Math.Log(rest)));
        }
        return x * sum;
    }

    /// <summary>P(D ≤ d) exactly, by the matrix of Durbin (1968): G. Marsaglia, W. W. Tsang and J. Wang, "Evaluating Kolmogorov's distribution", J. Statistical Software 8(18), 2003.</summary>
    private static double DurbinMatrix(int n, double d)
    {
        var k = (int)Math.Ceiling(n * d);
        var size = (2 * k) - 1;
        var h = k - (n * d);
        var matrix = Matrix<double>.Build.Dense(size, size, (i, j) => i - j + 1 < 0 ? 0 : 1);
        for (var i = 0; i < size; i++)
        {
            matrix[i, 0] -= Math.Pow(h, i + 1);
            matrix[size - 1, i] -= Math.Pow(h, size - i);
        }
        if ((2 * h) - 1 > 0) matrix[size - 1, 0] += Math.Pow((2 * h) - 1, size);
        for (var i = 0; i < size; i++)
            for (var j = 0; j <= Math.Min(i, size - 1); j++)
                for (var g = 1; g <= i - j + 1; g++) matrix[i, j] /= g;

        // The power by squaring; scales are kept apart as logarithms.
        var power = Matrix<double>.Build.DenseIdentity(size);
        var (logPower, logMatrix) = (0.0, 0.0);
        for (var rest = n; rest > 0; rest >>= 1)
        {
            if ((rest & 1) == 1)
            {
                power *= matrix;
                logPower += logMatrix;
                Rescale(ref power, ref logPower, k - 1);
            }
            matrix *= matrix;
            logMatrix *= 2;
            Rescale(ref matrix, ref logMatrix, k - 1);
        }
        var p = power[k - 1, k - 1];
        for (var i = 1; i <= n; i++)
        {
            p *= (double)i / n;
            if (p < 1 / Scale)
            {
                p *= Scale;
                logPower -= LogScale;
            }
        }
        return p * Math.Exp(logPower);
    }

    private static void Rescale(ref Matrix<double> matrix, ref double log, int middle)
    {
        var value = matrix[middle, middle];
        if (value <= Scale) return;
        matrix /= value;
        log += Math.Log(value);
    }

    /// <summary>P(D ≤ x) to about 1e-5/n²: W. Pelz and I. J. Good, "Approximating the lower tail-areas of the Kolmogorov-Smirnov one-sample statistic", J. Royal Statistical Society B 38 (1976) 152-156, in the form of Simard and L'Ecuyer.</summary>
    private static double PelzGood(int n, double x)
    {
        var z = Math.Sqrt(n) * x;
        double z2 = z * z, z3 = z2 * z, z4 = z2 * z2, z6 = z4 * z2;
        const double Pi2 = Math.PI * Math.PI, Pi4 = Pi2 * Pi2, Pi6 = Pi4 * Pi2;
        var logQ = -Pi2 / 8 / z2;
        if (logQ < -708) return 0;
        var (k0, k1, k2, k3) = (0.0, 0.0, 0.0, 0.0);
        for (var k = (int)Math.Ceiling(16 * z / Math.PI); k >= 1; k--)
        {
            double m2 = ((2 * k) - 1.0) * ((2 * k) - 1), m4 = m2 * m2, m6 = m4 * m2;
            var q = Math.Exp(logQ * m2);
            k0 += q;
            k1 += q * (-z2 + (Pi2 / 4 * m2));
            k2 += q * ((6 * z6) + (2 * z4) + (((2 * z4) - (5 * z2)) * Pi2 / 4 * m2) + (Pi4 * (1 - (2 * z2)) / 16 * m4));
            k3 += q * ((-30 * z6) - (90 * z4 * z4) + (Pi2 * ((135 * z4) - (96 * z6)) / 4 * m2)
                + (Pi4 * ((-60 * z2) + (212 * z4)) / 16 * m4) + (Pi6 * (5 - (30 * z2)) / 64 * m6));
        }
        var root = Math.Sqrt(2 * Math.PI);
        k0 *= root / z;
        k1 *= root / (6 * z4);
        k2 *= root / (72 * z6 * z);
        k3 *= root / (6480 * z6 * z4);
        var (extra2, extra3) = (0.0, 0.0);
        for (var k = (int)Math.Ceiling(16 * z / Math.PI); k >= 1; k--)
        {
            var kk = (double)k * k;
            var q = Math.Exp(-Pi2 / 2 / z2 * kk);
            extra2 += kk * q;
            extra3 += ((3 * z2) - (Pi2 * kk)) * kk * q;
        }
        k2 -= extra2 * Pi2 * root / (36 * z3);
        k3 += extra3 * Pi2 * root / (216 * z6);
        return k0 + (k1 / Math.Sqrt(n)) + (k2 / n) + (k3 / (n * Math.Sqrt(n)));
    }

    private static double Clip(double p) => double.IsNaN(p) ? 0 : Math.Clamp(p, 0, 1);
}
