using Dowel.Contracts;

namespace Dowel.Client.Monitoring;

/// <summary>Windows for a drift test where nobody has named any.</summary>
public static class SuggestedWindows
{
    /// <summary>The windows of the last report, or the log of the last day cut in the middle of its requests.</summary>
    /// <param name="client">The client.</param>
    /// <param name="endpoint">The endpoint, by name or id.</param>
    /// <param name="last">Its last report, or null.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>Two windows; without bounds where there is too little in the log to be cut.</returns>
    public static async Task<(Window Reference, Window Current)> SuggestDriftWindowsAsync(this MonitoringClient client, string endpoint, DriftReport? last, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(time);
        if (last is not null) return Of(last, null);
        var now = time.GetUtcNow();
        return Of(null, await client.TrafficAsync(endpoint, now.AddDays(-1), now, TimeSpan.FromMinutes(1), cancellationToken));
    }

    /// <summary>The windows of the last report, or traffic cut in the middle of its requests.</summary>
    /// <param name="last">The last report.</param>
    /// <param name="traffic">The traffic.</param>
    public static (Window Reference, Window Current) Of(DriftReport? last, EndpointTraffic? traffic)
    {
        if (last is not null) return (last.Reference, last.Current);
        if (traffic is null || traffic.Buckets.Count < 2) return (new Window(), new Window());
        var half = traffic.Total.Requests / 2;
        var seen = 0L;
        foreach (var bucket in traffic.Buckets)
        {
            seen += bucket.Figures.Requests;
            if (seen < half) continue;
            var cut = bucket.At + TimeSpan.FromSeconds(traffic.StepSeconds);
            return (new Window(null, cut), new Window(cut, null));
        }
        return (new Window(), new Window());
    }
}
