using System.Text.Json;
using Dowel.Contracts;
using Dowel.Observability.Columns;
using Dowel.Observability.Drift;
using static Dowel.Observability.Tests.Reference;
using TestResult = Dowel.Observability.Drift.TestResult;

namespace Dowel.Observability.Tests;

public sealed class StatisticsTests
{
    [Fact]
    public void Two_samples_get_the_same_statistic_and_p_value_as_in_scipy()
    {
        foreach (var figure in Figures.GetProperty("ks").EnumerateArray())
        {
            Spec a = SpecOf(figure.GetProperty("a")), b = SpecOf(figure.GetProperty("b"));
            var result = KolmogorovSmirnov.Test(Sample(a), Sample(b));
            var what = $"{a} and {b}, {result.Method}";
            Assert.Equal(Math.Max(a.N, b.N) <= 10_000 ? "exact" : "asymptotic", result.Method);
            Near(figure.GetProperty("statistic").GetDouble(), result.Statistic, 1e-12, what);
            Near(figure.GetProperty("p").GetDouble(), result.PValue, 1e-7, what);
            Assert.InRange(result.PValue, 0, 1);
            // The other way round it is the same.
            Near(result.PValue, KolmogorovSmirnov.Test(Sample(b), Sample(a)).PValue, 1e-12, what);
        }
    }

    [Fact]
    public void The_distribution_of_the_one_sample_statistic_is_that_of_scipy()
    {
        foreach (var figure in Figures.GetProperty("kstwo").EnumerateArray())
        {
            var (n, x) = (figure.GetProperty("n").GetInt32(), figure.GetProperty("x").GetDouble());
            Near(figure.GetProperty("sf").GetDouble(), KolmogorovDistribution.Survival(n, x), 1e-7, $"n = {n}, x = {x}");
        }
    }

    [Fact]
    public void Equal_and_separate_samples_are_told_apart_at_any_size()
    {
        Assert.Equal(new TestResult(0, 1, "exact"), KolmogorovSmirnov.Test([1, 2, 3], [1, 2, 3]));
        Assert.Equal(new TestResult(0, 1, "exact"), KolmogorovSmirnov.Test([5, 5, 5, 5], [5]));
        var apart = KolmogorovSmirnov.Test([double.NegativeInfinity, 1, 2], [3, double.PositiveInfinity]);
        Assert.Equal(1, apart.Statistic);
        Near(0.2, apart.PValue, 1e-12, "2 / C(5,2)");
    }

    [Fact]
    public void The_p_value_grows_and_stays_in_range_over_every_statistic()
    {
        foreach (var (n, m) in new[] { (30, 30), (30, 31), (31, 30), (60, 30), (100, 7), (1, 1), (1, 50) })
        {
            var last = 1.0;
            // The k smallest of b lie below all of a, so that the statistic is k / m.
            for (var k = 0; k <= m; k++)
            {
                double[] a = [.. Enumerable.Range(0, n).Select(i => i + 0.5)];
                double[] b = [.. Enumerable.Range(0, m).Select(j => j < k ? -1.0 : n * (j + 0.5) / m)];
                var p = KolmogorovSmirnov.Test(a, b).PValue;
                Assert.InRange(p, 0, 1);
                if (k > m / 2 + 1) Assert.True(p <= last, $"{n}, {m}, {k}: {p} after {last}");
                last = p;
            }
        }
    }

    [Fact]
    public void Tables_get_the_same_chi_squared_as_in_scipy()
    {
        foreach (var figure in Figures.GetProperty("chi2").EnumerateArray())
        {
            var table = figure.GetProperty("table").Deserialize<long[][]>()!;
            var result = Homogeneity.Test(table[0], table[1]);
            Near(figure.GetProperty("statistic").GetDouble(), result.Statistic, 1e-12, JsonSerializer.Serialize(table));
            Near(figure.GetProperty("p").GetDouble(), result.PValue, 1e-9, JsonSerializer.Serialize(table));
        }
    }

    [Fact]
    public void The_chi_squared_tail_keeps_its_digits_down_to_1e_300()
    {
        foreach (var figure in Figures.GetProperty("chi2sf").EnumerateArray())
        {
            var (x, degrees) = (figure.GetProperty("x").GetDouble(), figure.GetProperty("dof").GetInt32());
            var p = Homogeneity.Survival(x, degrees);
            Assert.InRange(p, 0, 1);
            Near(figure.GetProperty("sf").GetDouble(), p, 1e-9, $"x = {x}, {degrees} degrees");
        }
    }

    [Fact]
    public void Stability_indices_are_those_of_numpy()
    {
        foreach (var figure in Figures.GetProperty("ks").EnumerateArray())
        {
            Spec a = SpecOf(figure.GetProperty("a")), b = SpecOf(figure.GetProperty("b"));
            Near(figure.GetProperty("psi").GetDouble(), StabilityIndex.OfNumbers(Sample(a), Sample(b)), 1e-9, $"{a} and {b}");
        }
    }

    [Fact]
    public void P_values_are_corrected_as_holm_says()
    {
        foreach (var figure in Figures.GetProperty("holm").EnumerateArray())
        {
            var expected = figure.GetProperty("adjusted").Deserialize<double[]>()!;
            var adjusted = Holm.Adjust(figure.GetProperty("p").Deserialize<double[]>()!);
            Assert.Equal(expected, adjusted);
        }
        Assert.Empty(Holm.Adjust([]));
    }

    [Fact]
    public void Rare_categories_are_merged_until_five_are_expected()
    {
        var merged = Categories.Merge([("a", 500, 50), ("b", 300, 30), ("c", 40, 3), ("d", 3, 1), ("e", 2, 1)]);
        // c: 43 * 85 / 930 = 3.9 expected; with d and e 50 * 85 / 930 = 4.6, still too few, so b joins.
        Assert.Equal(["a", Categories.Other], merged.Names);
        Assert.Equal([500, 345], merged.Reference);
        Assert.Equal([50, 35], merged.Current);
        Assert.Equal(["a", "b"], Categories.Merge([("b", 50, 40), ("a", 60, 60)]).Names);
        Assert.Equal([Categories.Other], Categories.Merge([("x", 1, 0), ("y", 0, 1)]).Names);
    }

    [Fact]
    public void Columns_are_tested_by_what_they_hold()
    {
        var numbers = Column(Enumerable.Range(0, 100).Select(i => (object?)(i * 0.5)));
        Assert.Equal("ks", Assert.Single(ColumnTest.Run("x", "input", numbers, numbers, out _)).Test);
        var few = Column(Enumerable.Range(0, 100).Select(i => (object?)(i % 10 / 2.0)));
        var same = Assert.Single(ColumnTest.Run("x", "input", few, few, out _));
        Assert.Equal(("chi2", 0, 1), (same.Test, same.Statistic, same.PValue));

        // Numbers that stop coming: the values that are there do not differ, that they are missing does.
        var gaps = Column(Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? (object?)(i * 0.5) : null));
        var results = ColumnTest.Run("x", "input", numbers, gaps, out _);
        Assert.Equal(["ks", "chi2"], results.Select(r => r.Test));
        Assert.Equal(["x", "x (missing)"], results.Select(r => r.Column));
        Assert.All(results, r => Assert.Equal((0, 50), (r.ReferenceMissing, r.CurrentMissing)));
        Assert.True(results[0].PValue > 0.9);
        Assert.True(results[1].PValue < 1e-10);

        var gone = Column(Enumerable.Repeat((object?)null, 100));
        Assert.Equal("chi2", Assert.Single(ColumnTest.Run("x", "input", numbers, gone, out _)).Test);
        Assert.Empty(ColumnTest.Run("x", "input", gone, gone, out var reason));
        Assert.NotNull(reason);

        var ids = Column(Enumerable.Range(0, 100).Select(i => (object?)$"user {i}"));
        Assert.Empty(ColumnTest.Run("x", "input", ids, ids, out reason));
        Assert.Contains("frequent", reason);

        var texts = Column(Enumerable.Range(0, 100).Select(i => i % 4 == 0 ? null : (object?)(i % 2 == 0 ? "male" : "female")));
        var test = Assert.Single(ColumnTest.Run("sex", "input", texts, texts, out _));
        Assert.Equal(("chi2", 25, "female: 50 %"), (test.Test, test.ReferenceMissing, test.ReferenceSummary));
    }

    internal static CellColumn Column(IEnumerable<object?> values)
    {
        var set = new ColumnSet();
        var all = values.ToArray();
        set.ReadArray("x", JsonSerializer.Serialize(all, DowelJson.Options), all.Length);
        return set.All().Single().Column;
    }
}
