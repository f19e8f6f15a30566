using Dowel.Contracts;
using Dowel.Samples.Titanic.Features;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>3. Features are made of the passenger list and pushed to the feature store, offline and online.</summary>
internal static class FeatureEngineering
{
    public static async Task RunAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        state.Features = TitanicFeatures.Build(state.Passengers);
        var views = state.Dana.Client.FeatureViews;
        await views.CreateAsync(
            new CreateFeatureView
            {
                Project = JourneyState.Project,
                Name = TitanicFeatures.View,
                Description = "What was known of each passenger when the ship left: title, sex, class, age, family.",
                Owner = state.Dana.User,
                Tags = new Dictionary<string, string> { ["subject"] = "shipping", ["made_by"] = "samples/titanic" },
                Entity = new Entity(TitanicFeatures.EntityKey, "int64"),
                Features = TitanicFeatures.Definitions,
                Sources = ["dataset:titanic@1"],
                Online = true,
                State = FeatureState.Active,
            },
            cancellationToken);
        var pushed = await views.PushAsync(TitanicFeatures.View, FeatureTables.ToPush(state.Passengers, state.Features), cancellationToken);

        state.FeatureView = await views.GetAsync(TitanicFeatures.View, cancellationToken);
        var passengers = state.Passengers.Count;
        Check.That(pushed.Rows == passengers && state.FeatureView.Rows == passengers, $"all {passengers} rows are offline; there are {state.FeatureView.Rows}");
        Check.That(state.FeatureView.OnlineEntities == passengers, $"all {passengers} passengers are online; there are {state.FeatureView.OnlineEntities}");
        Check.That(state.FeatureView is { State: FeatureState.Active, Owner: "dana" }, "the feature view is active, and dana's");
        await CheckOnlineAsync(state, cancellationToken);

        var titles = state.Features.CountBy(f => f.Title).OrderByDescending(t => t.Value).ToArray();
        report.Figure("features", TitanicFeatures.Definitions.Count);
        report.Figure("rows_offline", state.FeatureView.Rows);
        report.Figure("rows_online", state.FeatureView.OnlineEntities);
        report.Figure("titles", titles.ToDictionary(t => t.Key, t => t.Value));
        report.Figure("imputed_ages", state.Features.Count(f => f.AgeMissing));
        report.Say($"{TitanicFeatures.Definitions.Count} features of {passengers} passengers, offline {state.FeatureView.Rows}, online {state.FeatureView.OnlineEntities}");
        report.Detail($"{string.Join(", ", titles.Select(t => $"{t.Key} {t.Value}"))}; {state.Features.Count(f => f.AgeMissing)} ages filled in; largest family {state.Features.Max(f => f.FamilySize)}");
    }

    /// <summary>What the online store answers is what was pushed.</summary>
    private static async Task CheckOnlineAsync(JourneyState state, CancellationToken cancellationToken)
    {
        object[] ids = [1L, 2L, 1309L, 999_999L];
        var online = await state.Dana.Client.FeatureViews.OnlineAsync(
            new OnlineFeaturesRequest { Features = [TitanicFeatures.View], Entities = new Dictionary<string, IReadOnlyList<object>> { [TitanicFeatures.EntityKey] = ids } }, cancellationToken);
        Check.That(online.Statuses.SequenceEqual(["present", "present", "present", "not_found"]), "known passengers are found online, unknown ones are not");
        for (var i = 0; i < 3; i++)
        {
            var expected = NamedCells.Of(state.Features[(int)(long)ids[i] - 1]);
            var values = online.Values[i];
            Check.That(online.Features.Select((f, c) => CellText.Same(values[c], expected[f])).All(same => same), $"passenger {ids[i]} has online the features that were pushed");
        }
    }
}
