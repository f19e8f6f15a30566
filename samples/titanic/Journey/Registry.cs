using Dowel.Contracts;
using Dowel.Samples.Titanic.Training;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>6. The best model is registered and passes the gate; production moves to it. A bad one does not get there.</summary>
internal static class Registry
{
    private const string Production = "production";

    public static async Task RunAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        var models = state.Dana.Client.Models;
        await models.CreateAsync(
            new CreateModel
            {
                Project = JourneyState.Project,
                Name = JourneyState.Model,
                Description = "Probability that a passenger of the Titanic survived.",
                Gate = new ValidationGate
                {
                    ProtectedAliases = [Production],
                    Metrics = [new MetricBound("auc", Min: 0.80), new MetricBound("accuracy", Min: 0.76)],
                    RequireSignature = true,
                    RequireInputExample = true,
                    LatencyBudgetMs = 50,
                },
            },
            cancellationToken);

        var good = await RegisterAsync(state, state.Best, "The best of three by mean cross-validated AUC.", cancellationToken);
        Check.That(good.Version == 1, "the first version is 1");
        var gate = await models.ValidateAsync(JourneyState.Model, "1", cancellationToken: cancellationToken);
        Check.That(gate.Passed, $"version 1 passes its gate ({Failed(gate)})");
        await models.SetAliasAsync(JourneyState.Model, Production, 1, "Passed its gate.", cancellationToken);

        var bad = await RegisterAsync(state, state.Bad, "Trained on shuffled labels, to see the gate at work.", cancellationToken);
        var refusal = await Refusal.OfAsync(() => models.SetAliasAsync(JourneyState.Model, Production, bad.Version, "Should not get there.", cancellationToken));
        Check.That(refusal?.Code == ErrorCodes.GateFailed.Code, $"version {bad.Version}, which has learned nothing, is refused by the gate (the answer was {refusal?.Code ?? "ok"})");
        var badGate = await models.ValidateAsync(JourneyState.Model, $"{bad.Version}", cancellationToken: cancellationToken);
        Check.That(!badGate.Passed && badGate.Checks.Any(c => !c.Passed && c.Name.Contains("auc", StringComparison.Ordinal)), "its AUC is among the reasons");

        var model = await models.GetAsync(JourneyState.Model, cancellationToken);
        Check.That(model.Aliases.GetValueOrDefault(Production) == 1, "production still points at version 1");
        var moves = await models.HistoryAsync(JourneyState.Model, new HistoryQuery { Kind = ModelChangeKind.Alias }, cancellationToken);
        Check.That(moves.Items is [{ To: "1", By: "dana" }], "the alias moved once");

        report.Figure("version", good.Version);
        report.Figure("gate_checks", gate.Checks.ToDictionary(c => c.Name, c => c.Given));
        report.Figure("refused_version", bad.Version);
        report.Figure("refused_because", badGate.Checks.Where(c => !c.Passed).Select(c => $"{c.Name}: {c.Given}, expected {c.Expected}").ToArray());
        report.Say($"version 1 ({state.Best.Name}) passed {gate.Checks.Count} checks and is production");
        report.Say($"version {bad.Version} refused");
        foreach (var check in gate.Checks) report.Detail($"version 1 passed: {check.Name}: {Short(check.Given)}");
        foreach (var check in badGate.Checks.Where(c => !c.Passed)) report.Detail($"version {bad.Version} refused: {check.Name} {check.Given}, expected {check.Expected}");
    }

    private static Task<ModelVersion> RegisterAsync(JourneyState state, CandidateRun candidate, string description, CancellationToken cancellationToken) =>
        state.Dana.Client.Models.CreateVersionAsync(
            JourneyState.Model,
            new CreateModelVersion
            {
                RunId = candidate.RunId,
                ArtifactPath = "model",
                Flavor = "mlnet",
                Description = description,
                Signature = SurvivalModel.Signature,
                // The first passenger of the list: a woman of 29 in first class.
                InputExample = NamedCells.Of(state.Features[0]).ToDictionary(c => c.Key, c => new[] { c.Value }),
                TrainingData = ExperimentStage.TrainingData(state),
                Tags = new Dictionary<string, string> { ["algorithm"] = candidate.Trainer.Name },
            },
            cancellationToken);

    private static string Short(string text) => text.Length <= 100 ? text : text[..99] + "…";

    private static string Failed(GateResult gate) => gate.Passed ? "passed" : string.Join("; ", gate.Checks.Where(c => !c.Passed).Select(c => $"{c.Name}: {c.Given}, expected {c.Expected}"));
}
