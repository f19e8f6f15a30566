namespace Dowel.Web.Pages.Experiments;

/// <summary>One logged model: where it comes from and what was measured of it.</summary>
public partial class LoggedModelPage
{
    private LoggedModelInfo? model;
    private Experiment? experiment;
    private Run? run;
    private IReadOnlyList<(LoggedModelMetric Newest, int Count)> metrics = [];

    /// <summary>Its id.</summary>
    [Parameter] public string Id { get; set; } = "";

    /// <inheritdoc/>
    protected override string LoadKey => Id;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var found = await Api.Runs.LoggedModelAsync(Id, cancellationToken);
        experiment = await Api.Experiments.GetAsync(found.ExperimentId, cancellationToken);
        // A run may be gone that a model came from.
        run = null;
        if (found.RunId is { } id) await FailureOfAsync(async ct => run = await Api.Runs.GetAsync(id, ct));
        metrics = [.. found.Metrics.GroupBy(m => (m.Key, m.Dataset, m.Digest)).Select(g => (g.Last(), g.Count()))];
        model = found;
    }

    private static string StatusText(LoggedModelState status) => status switch
    {
        LoggedModelState.Pending => "pending",
        LoggedModelState.Ready => "ready",
        _ => "upload failed",
    };
}
