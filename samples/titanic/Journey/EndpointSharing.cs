using Dowel.Contracts;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>9. The endpoint is private, then shared with sam; tom stays out; ada reads the whole story and checks that nobody rewrote it.</summary>
internal static class EndpointSharing
{
    public static async Task RunAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        var endpoint = state.Deployed!;
        Check.That(!await SeesItAsync(state.Sam, cancellationToken), "sam does not see the private endpoint in his list");
        var samBefore = await Refusal.StatusAsync(() => Deployment.PredictAsync(state.Sam.Client, 1, cancellationToken));
        Check.That(samBefore == 403, $"sam is refused before it is shared (403; the answer was {samBefore})");

        await state.Dana.Client.Resources.ShareAsync(endpoint.Id, new Contracts.Sharing { Visibility = Visibility.Shared, People = [new Share(state.Sam.User, Permission.Use)] }, cancellationToken);
        Check.That(await SeesItAsync(state.Sam, cancellationToken), "sam sees it in his list once it is shared with him");
        var chance = await Deployment.PredictAsync(state.Sam.Client, 1, cancellationToken);
        Check.That(chance is > 0 and < 1, "sam gets a prediction");
        var callers = await state.Sam.Client.Monitoring.AllPredictionsAsync(JourneyState.Endpoint, cancellationToken: cancellationToken).Select(p => p.Caller).ToListAsync(cancellationToken);
        Check.That(callers.SequenceEqual([state.Sam.User]), $"sam, who may use it, sees his own prediction in the log and nobody else's (he sees those of {string.Join(", ", callers.Distinct())})");

        var tom = await Refusal.StatusAsync(() => Deployment.PredictAsync(state.Tom.Client, 1, cancellationToken));
        Check.That(tom == 403, $"a stranger gets 403 (the answer was {tom})");
        var tomSees = (await state.Tom.Client.Endpoints.ListAsync(cancellationToken: cancellationToken)).Items.Count
            + (await state.Tom.Client.Models.ListAsync(cancellationToken: cancellationToken)).Items.Count
            + (await state.Tom.Client.Datasets.ListAsync(cancellationToken: cancellationToken)).Items.Count
            + (await state.Tom.Client.FeatureViews.ListAsync(cancellationToken: cancellationToken)).Items.Count;
        Check.That(tomSees == 0, $"a stranger's lists are empty; he sees {tomSees} things");
        var tomAudit = await Refusal.StatusAsync(() => state.Tom.Client.Audit.ListAsync(cancellationToken: cancellationToken));
        Check.That(tomAudit == 403, $"a stranger does not read the audit trail (the answer was {tomAudit})");

        await AuditAsync(state, report, cancellationToken);
        report.Figure("sam_before", samBefore);
        report.Figure("stranger", tom);
    }

    private static async Task<bool> SeesItAsync(Account account, CancellationToken cancellationToken) =>
        (await account.Client.Endpoints.ListAsync(cancellationToken: cancellationToken)).Items.Any(e => e.Name == JourneyState.Endpoint);

    private static async Task AuditAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        var trail = await Patience.UntilAsync(
            async () => await state.Ada.Client.Audit.AllAsync(new AuditQuery { Limit = 1000 }, cancellationToken).ToListAsync(cancellationToken),
            t => Denied(t, state.Sam) && Denied(t, state.Tom),
            t => $"the refused attempts of sam and tom are in the trail (refused there: {string.Join(", ", t.Where(r => r.Outcome == "denied").Select(r => $"{r.Actor} {r.Action}"))})",
            cancellationToken);
        foreach (var thing in (string[])["user.", "token.", "project.", "dataset.", "feature_view.", "experiment.", "run.", "model.", "endpoint."])
            Check.That(trail.Any(r => r.Outcome == "ok" && r.Action.StartsWith(thing, StringComparison.Ordinal)), $"the trail tells of '{thing}…'");
        Check.That(trail.Any(r => r is { Actor: "dana", Action: "endpoint.share", Outcome: "ok" }), "the trail tells who shared the endpoint");
        var verified = await state.Ada.Client.Audit.VerifyAsync(cancellationToken);
        Check.That(verified.Ok && verified.Records >= trail.Count, $"the hash chain of the trail verifies ({string.Join("; ", verified.Problems.Select(p => p.Detail))})");

        var denied = trail.Count(r => r.Outcome == "denied");
        var actions = trail.CountBy(r => r.Action).OrderByDescending(a => a.Value).ToArray();
        report.Figure("audit_records", verified.Records);
        report.Figure("audit_denied", denied);
        report.Figure("audit_actions", actions.ToDictionary(a => a.Key, a => a.Value));
        report.Say($"sam: 403, then a prediction; tom: 403 and empty lists");
        report.Say($"the trail of {verified.Records} records ({denied} refusals) verifies");
        report.Detail($"{string.Join(", ", actions.Select(a => $"{a.Key} {a.Value}"))}");

        bool Denied(IEnumerable<AuditRecord> records, Account account) => records.Any(r => r.Outcome == "denied" && r.Actor == account.User && (r.ResourceId == state.Deployed!.Id || r.Resource == JourneyState.Endpoint));
    }
}
