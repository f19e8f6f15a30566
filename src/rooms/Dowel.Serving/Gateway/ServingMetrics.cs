using System.Diagnostics.Metrics;

namespace Dowel.Serving.Gateway;

/// <summary>Operational metrics of the gateway, meter <c>Dowel.Serving</c>.</summary>
internal sealed class ServingMetrics(IMeterFactory meters)
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Dowel.Serving";

    private readonly Counter<long> _requests = meters.Create(MeterName).CreateCounter<long>("dowel.endpoint.requests", "{request}", "Requests at endpoints, by HTTP status.");
    private readonly Histogram<double> _duration = meters.Create(MeterName).CreateHistogram("dowel.endpoint.duration", "s", "Time on the server per request.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    public void Record(string endpoint, int status, TimeSpan elapsed)
    {
        _requests.Add(1, new("endpoint", endpoint), new("status", StatusText(status)));
        _duration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("endpoint", endpoint));
    }

    private static string StatusText(int status) => status switch { 200 => "200", 400 => "400", 422 => "422", 500 => "500", 503 => "503", _ => status.ToString(System.Globalization.CultureInfo.InvariantCulture) };
}
