using Microsoft.JSInterop;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>How an endpoint does, live while somebody looks.</summary>
public partial class TrafficPanel
{
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(5);
    private EndpointTraffic? traffic;
    private TrafficChartModel? charts;
    private LiveQuality? quality;
    private bool ticking;

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    [SupplyParameterFromQuery(Name = "range")] private string? rangeKey { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Endpoint.Id}\n{rangeKey}";

    private TrafficRange range => TrafficRange.Of(rangeKey);

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var now = Time.GetUtcNow();
        var asked = range;
        var answer = Api.Monitoring.TrafficAsync(Endpoint.Id, now - asked.Length, now, asked.Step, cancellationToken);
        var right = Api.Monitoring.QualityAsync(Endpoint.Id, now - asked.Length, now, cancellationToken: cancellationToken);
        var figures = await answer;
        if (asked != range) return;
        traffic = figures;
        charts = TrafficChartModel.Of(figures);
        quality = await right;
    }

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (!firstRender || ticking) return;
        ticking = true;
        _ = InvokeAsync(TickAsync);
    }

    private static string Latency(double value) => value > 0 ? Formats.Milliseconds(value) : "–";

    private static string Step(EndpointTraffic traffic)
    {
        var length = Formats.Length(TimeSpan.FromSeconds(traffic.StepSeconds));
        return length.StartsWith("1 ", StringComparison.Ordinal) ? length[2..] : length;
    }

    private async Task TickAsync()
    {
        try
        {
            while (!Closed.IsCancellationRequested)
            {
                await Task.Delay(interval, Time, Closed);
                if (!await Js.InvokeAsync<bool>("dowel.visible", Closed)) continue;
                // One missed answer is no reason to take the charts away.
                if (await FailureOfAsync(LoadAsync) is null) StateHasChanged();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or JSDisconnectedException)
        {
            // Nobody looks any more.
        }
    }
}
