using Dowel.Contracts;
using Dowel.Samples.Titanic.Features;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>4. Sam has passenger ids and labels and nothing else. Dana shares her features; the point-in-time join makes his training set.</summary>
internal static class DataSharing
{
    public static async Task RunAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        var view = $"{JourneyState.Project}.{TitanicFeatures.View}";
        (long Id, bool Survived)[] labels = [.. state.Passengers.Select(p => (p.Id, p.Survived))];
        var before = await Refusal.StatusAsync(() => HistoricalAsync(state, view, labels[..1], JourneyState.Sinking, cancellationToken));
        Check.That(before is 403 or 404, $"sam is refused before anything is shared with him; the answer was {before}");

        await state.Dana.Client.Resources.ShareAsync(state.FeatureView.Id, new Contracts.Sharing { Visibility = Visibility.Shared, People = [new Share(state.Sam.User, Permission.Use)] }, cancellationToken);
        var answer = await HistoricalAsync(state, view, labels, JourneyState.Sinking, cancellationToken);
        Check.That(answer.Table.Rows.Count == labels.Length, $"sam gets all {labels.Length} rows; he got {answer.Table.Rows.Count}");
        var rows = FeatureTables.ToTraining(answer.Table);
        var wrong = rows.Where((row, i) => row.PassengerId != labels[i].Id || row.Survived != labels[i].Survived || !FeatureTables.Cells(row).SequenceEqual(FeatureTables.Cells(state.Features[i]))).Count();
        Check.That(wrong == 0, $"rows come in the order asked for, with labels kept and features as dana computed them; {wrong} differ");

        // A day before the ship left nothing was known, so nothing may be joined: that is what keeps the future out of a training set.
        var early = await HistoricalAsync(state, view, labels[..10], TitanicFeatures.Departure.AddDays(-1), cancellationToken);
        var names = TitanicFeatures.Definitions.Select(f => f.Name).ToHashSet();
        int[] featureColumns = [.. early.Table.Columns.Select((c, i) => (c.Name, i)).Where(c => names.Contains(c.Name)).Select(c => c.i)];
        Check.That(
            early.Table.Rows.Count == 10 && featureColumns.Length == names.Count && early.Table.Rows.All(r => featureColumns.All(i => r[i] is null or "NaN")),
            "before the departure every feature is missing");

        report.Figure("rows", answer.Table.Rows.Count);
        report.Figure("columns", answer.Table.Columns.Count);
        report.Figure("sources", answer.Sources);
        report.Say($"sam got {answer.Table.Rows.Count} rows with {names.Count} features as of {JourneyState.Sinking:yyyy-MM-dd}, none as of {TitanicFeatures.Departure.AddDays(-1):yyyy-MM-dd}");
        report.Say($"from {string.Join(", ", answer.Sources)}");
    }

    private static Task<HistoricalFeatures> HistoricalAsync(JourneyState state, string view, IEnumerable<(long, bool)> labels, DateTimeOffset at, CancellationToken cancellationToken) =>
        state.Sam.Client.FeatureViews.HistoricalAsync(new HistoricalFeaturesRequest { Features = [view], EntityRows = FeatureTables.EntityRows(labels, at) }, cancellationToken);
}
