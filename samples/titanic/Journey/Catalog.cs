using System.Globalization;
using Dowel.Contracts;
using Dowel.Samples.Titanic.Features;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>2. The file becomes a dataset: schema, sample, profile; SQL answers the first question.</summary>
internal static class Catalog
{
    private const string SurvivalSql = """
        SELECT passenger_class, sex, count(*) AS passengers, avg(survived) AS survival
        FROM titanic GROUP BY passenger_class, sex ORDER BY passenger_class, sex
        """;

    public static async Task RunAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        using (var file = File.OpenText(state.DataFile)) state.Passengers = PassengerCsv.Read(file);
        var datasets = state.Dana.Client.Datasets;
        await datasets.CreateAsync(
            new CreateDataset
            {
                Project = JourneyState.Project,
                Name = JourneyState.Dataset,
                Description = "1,309 passengers of the Titanic: name, sex, age, class, and whether they survived. Compiled by Thomas Cason from Encyclopedia Titanica (titanic3).",
                Tags = new Dictionary<string, string> { ["source"] = "carData 3.0-5, TitanicSurvival", ["subject"] = "shipping" },
            },
            cancellationToken);
        var version = await datasets.UploadFileAsync(JourneyState.Dataset, state.DataFile, cancellationToken);
        state.DatasetVersion = version.Version;
        Check.That(version.Rows == 1309 && version.Columns.Count == 6, $"the dataset has 1309 rows and 6 columns; it has {version.Rows} and {version.Columns.Count}", "Take titanic.csv as it is in the repository.");
        var sample = await datasets.SampleAsync(JourneyState.Dataset, limit: 5, cancellationToken: cancellationToken);
        Check.That(sample.Rows.Count == 5, "a sample of 5 rows has 5");

        var profile = await datasets.ProfileAsync(JourneyState.Dataset, cancellationToken: cancellationToken);
        var missingAges = CheckProfile(profile);
        var survival = await SurvivalAsync(state, cancellationToken);
        var women1st = survival[("1st", "female")];
        var men3rd = survival[("3rd", "male")];
        Check.That(women1st > 0.9 && men3rd < 0.25, $"women in 1st class survived far more often than men in 3rd (found {women1st:P1} and {men3rd:P1})");

        report.Figure("rows", version.Rows);
        report.Figure("columns", version.Columns.Count);
        report.Figure("missing_ages", missingAges);
        report.Figure("survival_women_1st", Math.Round(women1st, 4));
        report.Figure("survival_men_3rd", Math.Round(men3rd, 4));
        report.Say($"{version.Rows} rows, {version.Columns.Count} columns, {missingAges} ages missing");
        report.Say($"survived: {women1st * 100:F1} % of women in 1st class, {men3rd * 100:F1} % of men in 3rd");
        report.Detail($"columns: {string.Join(", ", version.Columns.Select(c => $"{c.Name} {c.Type}"))}");
        foreach (var ((passengerClass, sex), share) in survival) report.Detail($"{passengerClass} {sex,-7} {share * 100,5:F1} % survived");
    }

    /// <summary>Compares the profile with figures that are known from elsewhere (computed with R).</summary>
    private static long CheckProfile(DatasetProfile profile)
    {
        var age = profile.Columns.Single(c => c.Name == "age");
        Check.That(age.Missing == 263, $"263 ages are missing; the profile says {age.Missing}");
        Check.That(age.Mean is { } mean && Math.Abs(mean - 29.88) < 0.005, $"the mean age is 29.88; the profile says {age.Mean}");
        Check.That(age.Quantiles.TryGetValue("0.5", out var median) && median == 28, "the median age is 28");
        Check.That(age.Histogram is { } h && h.Counts.Sum() == 1309 - 263, "the histogram of ages counts every known age");
        var survived = profile.Columns.Single(c => c.Name == "survived").Top.ToDictionary(t => t.Value, t => t.Count);
        Check.That(survived.GetValueOrDefault("0") == 809 && survived.GetValueOrDefault("1") == 500, "809 died and 500 survived");
        Check.That(profile.Correlation.Columns.Contains("age") && profile.Correlation.Columns.Contains("survived"), "the correlation matrix has the numeric columns");
        return age.Missing;
    }

    private static async Task<Dictionary<(string Class, string Sex), double>> SurvivalAsync(JourneyState state, CancellationToken cancellationToken)
    {
        var result = await state.Dana.Client.Datasets.QueryAsync(SurvivalSql, cancellationToken: cancellationToken);
        Check.That(result.Rows.Count == 6, "there are six groups by class and sex");
        return result.Rows.ToDictionary(r => ((string)r[0]!, (string)r[1]!), r => Convert.ToDouble(r[3], CultureInfo.InvariantCulture));
    }
}
