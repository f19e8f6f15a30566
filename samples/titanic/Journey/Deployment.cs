using Dowel.Client;
using Dowel.Contracts;
using Dowel.Samples.Titanic.Features;
using Dowel.Samples.Titanic.Training;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>7. The production version becomes an endpoint that joins the features itself: a passenger_id is enough.</summary>
internal static class Deployment
{
    private const int Replicas = 2;
    private const long Unknown = 999_999;

    public static async Task RunAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        var endpoints = state.Dana.Client.Endpoints;
        await endpoints.CreateAsync(
            new CreateEndpoint
            {
                Project = JourneyState.Project,
                Name = JourneyState.Endpoint,
                Description = "Survival probability of a passenger, by passenger_id.",
                Deployment = new DeploymentSpec { Model = JourneyState.Model, Alias = "production", Replicas = Replicas },
                Features = new FeatureJoin { View = TitanicFeatures.View, OnMissing = MissingFeaturesPolicy.Error },
            },
            cancellationToken);
        state.Deployed = await endpoints.WaitUntilReadyAsync(JourneyState.Endpoint, cancellationToken);
        Check.That(state.Deployed.Deployments is [{ Replicas: Replicas, Version: 1 }], $"version 1 runs in {Replicas} replicas");

        // A woman of 29 in first class, and a man of 30 alone in third.
        var woman = state.Passengers[0];
        var man = state.Passengers.Zip(state.Features).First(p => p.First is { Class: "3rd", Age: 30 } && p.Second is { Title: "Mr", FamilySize: 1 }).First;
        var womanChance = await PredictAsync(state.Dana.Client, woman.Id, cancellationToken);
        var manChance = await PredictAsync(state.Dana.Client, man.Id, cancellationToken);
        Check.That(womanChance > 0.8, $"{woman.Name} (1st class) most likely survives ({womanChance:F3})");
        Check.That(manChance < 0.3, $"{man.Name} (3rd class) most likely does not ({manChance:F3})");
        // The model here is the very one that was trained above.
        var local = state.Best.Model.Probabilities([state.Features[0]])[0];
        Check.That(Math.Abs(local - womanChance) < 1e-6, $"the endpoint answers what the model answered in training ({womanChance} and {local})");

        var refusal = await Refusal.OfAsync(() => PredictAsync(state.Dana.Client, Unknown, cancellationToken));
        Check.That(refusal is { Status: >= 400 and < 500 } && refusal.Message.Contains($"{Unknown}", StringComparison.Ordinal), $"an unknown passenger is refused by number (the answer was {refusal?.Message ?? "a prediction"})");
        await SetPolicyAsync(state, MissingFeaturesPolicy.Defaults, cancellationToken);
        var byDefaults = await PredictAsync(state.Dana.Client, Unknown, cancellationToken);
        Check.That(byDefaults is > 0 and < 0.5, $"by defaults, an unknown passenger is a man in third class ({byDefaults:F3})");
        await SetPolicyAsync(state, MissingFeaturesPolicy.Error, cancellationToken);
        Check.That(await Refusal.StatusAsync(() => PredictAsync(state.Dana.Client, Unknown, cancellationToken)) >= 400, "the policy is 'error' again");

        report.Figure("replicas", Replicas);
        report.Figure("woman_1st_class", Math.Round(womanChance, 4));
        report.Figure("man_3rd_class", Math.Round(manChance, 4));
        report.Figure("unknown_by_defaults", Math.Round(byDefaults, 4));
        report.Figure("unknown_refused_with", refusal!.Status);
        report.Say($"{Replicas} replicas at {state.Deployed.PredictionPath}");
        report.Say($"survival of passenger {woman.Id} (woman, 1st class) {womanChance:F2}, of {man.Id} (man, 3rd class) {manChance:F2}");
        report.Detail($"unknown passenger: {refusal.Status} \"{refusal.Message}\"; by defaults {byDefaults:F2}");
    }

    public static async Task<double> PredictAsync(DowelClient client, long passenger, CancellationToken cancellationToken) =>
        (await AskAsync(client, passenger, cancellationToken)).Numbers(SurvivalTrainer.ProbabilityName)[0];

    /// <summary>The whole request is a passenger_id.</summary>
    public static Task<InferenceAnswer> AskAsync(DowelClient client, long passenger, CancellationToken cancellationToken) =>
        client.Endpoints.PredictAsync(JourneyState.Endpoint, new Dictionary<string, Array> { [TitanicFeatures.EntityKey] = new[] { passenger } }, cancellationToken: cancellationToken);

    private static Task SetPolicyAsync(JourneyState state, MissingFeaturesPolicy policy, CancellationToken cancellationToken) =>
        state.Dana.Client.Endpoints.UpdateAsync(JourneyState.Endpoint, new PatchEndpoint { Features = new FeatureJoin { View = TitanicFeatures.View, OnMissing = policy } }, cancellationToken: cancellationToken);
}
