using System.Globalization;
using Dowel.Contracts;
using Dowel.Observability.Columns;

namespace Dowel.Observability.Drift;

/// <summary>Chooses and runs the tests of one column.</summary>
internal static class ColumnTest
{
    // Numbers with no more different values than this are compared as categories.
    private const int FewValues = 10;

    /// <summary>
    /// The tests of a column: Kolmogorov-Smirnov for numbers with many values (and, where some are missing, chi-squared on whether they are), chi-squared otherwise, with a category of its own for missing values.
    /// Empty, with a reason, where there is nothing to test.
    /// </summary>
    public static IReadOnlyList<ColumnDrift> Run(string name, string role, CellColumn reference, CellColumn current, out string? skipped)
    {
        skipped = null;
        var missing = (Reference: reference.Cells.Count - reference.Present, Current: current.Cells.Count - current.Present);
        if (reference.Present + current.Present == 0)
        {
            skipped = "it has no values in either window";
            return [];
        }
        var numeric = (reference.IsNumeric || reference.Present == 0) && (current.IsNumeric || current.Present == 0);
        if (!numeric || !HasManyValues(reference, current)) return OfCategories(name, role, reference, current, missing, out skipped);

        List<ColumnDrift> results = [];
        double[] first = reference.Numbers(), second = current.Numbers();
        if (first.Length > 0 && second.Length > 0)
        {
            var test = KolmogorovSmirnov.Test(first, second);
            results.Add(new ColumnDrift
            {
                Column = name,
                Role = role,
                Test = "ks",
                Statistic = test.Statistic,
                PValue = test.PValue,
                Method = test.Method,
                Psi = StabilityIndex.OfNumbers(first, second),
                ReferenceMissing = missing.Reference,
                CurrentMissing = missing.Current,
                ReferenceSummary = Mean(first),
                CurrentSummary = Mean(second),
            });
        }
        // Missing values are left out of the test above, so a column that stops coming would pass it.
        if (missing is not (0, 0))
        {
            var counts = Categories.Merge([("present", first.Length, second.Length), (Categories.Missing, missing.Reference, missing.Current)]);
            if (counts.Names.Count > 1) results.Add(Homogenous($"{name} {Categories.Missing}", role, counts, missing));
        }
        if (results.Count == 0) skipped = "one of the windows has no values";
        return results;
    }

    private static IReadOnlyList<ColumnDrift> OfCategories(string name, string role, CellColumn reference, CellColumn current, (long Reference, long Current) missing, out string? skipped)
    {
        skipped = null;
        var counts = new Dictionary<string, (long Reference, long Current)>(StringComparer.Ordinal);
        for (var i = 0; i < reference.Cells.Count; i++)
        {
            var label = reference.Label(i) ?? Categories.Missing;
            var c = counts.GetValueOrDefault(label);
            counts[label] = (c.Reference + 1, c.Current);
        }
        for (var i = 0; i < current.Cells.Count; i++)
        {
            var label = current.Label(i) ?? Categories.Missing;
            var c = counts.GetValueOrDefault(label);
            counts[label] = (c.Reference, c.Current + 1);
        }
        var categories = Categories.Merge(counts.Select(c => (c.Key, c.Value.Reference, c.Value.Current)));
        if (categories.Names.Count < 2 && counts.Count > 1)
        {
            skipped = $"none of its {counts.Count} values is frequent enough for the test (at least 5 expected in each window)";
            return [];
        }
        return [Homogenous(name, role, categories, missing)];
    }

    private static ColumnDrift Homogenous(string name, string role, Categories counts, (long Reference, long Current) missing)
    {
        var test = Homogeneity.Test(counts.Reference, counts.Current);
        return new ColumnDrift
        {
            Column = name,
            Role = role,
            Test = "chi2",
            Statistic = test.Statistic,
            PValue = test.PValue,
            Method = test.Method,
            Psi = StabilityIndex.OfCounts(counts.Reference, counts.Current),
            ReferenceMissing = missing.Reference,
            CurrentMissing = missing.Current,
            ReferenceSummary = MostFrequent(counts.Names, counts.Reference),
            CurrentSummary = MostFrequent(counts.Names, counts.Current),
        };
    }

    private static bool HasManyValues(CellColumn reference, CellColumn current)
    {
        var distinct = new HashSet<double>();
        foreach (var column in new[] { reference, current })
            foreach (var cell in column.Cells)
                if (cell.Kind != CellKind.Missing && distinct.Add(cell.Number) && distinct.Count > FewValues) return true;
        return false;
    }

    private static string Mean(double[] values) => "mean " + values.Average().ToString("G5", CultureInfo.InvariantCulture);

    private static string MostFrequent(IReadOnlyList<string> names, IReadOnlyList<long> counts)
    {
        var best = 0;
        for (var i = 1; i < counts.Count; i++) if (counts[i] > counts[best]) best = i;
        var name = names[best].Length > 60 ? names[best][..60] + "…" : names[best];
        return string.Create(CultureInfo.InvariantCulture, $"{name}: {100.0 * counts[best] / counts.Sum():0.#} %");
    }
}
