using System.Diagnostics.Metrics;
using Dowel.Kernel.Ports;

namespace Dowel.Serving.Gateway;

/// <summary>Operational metrics of the gateway, meter <c>Dowel.Serving</c>.</summary>
internal sealed class ServingMetrics(IMeterFactory meters)
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Dowel.Serving";

    private readonly Counter<long> _requests = meters.Create(MeterName).CreateCounter<long>("dowel.endpoint.requests", "{request}", "Requests at endpoints, by HTTP status.");
    private readonly Histogram<double> _duration = meters.Create(MeterName).CreateHistogram("dowel.endpoint.duration", "s", "Time on the server per request.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
    private readonly Counter<double> _modelCounter = meters.Create(MeterName).CreateCounter<double>("dowel.model.counter", null, "Counters that models report, by key.");
    private readonly Gauge<double> _modelGauge = meters.Create(MeterName).CreateGauge<double>("dowel.model.gauge", null, "Gauges that models report, by key.");
    private readonly Histogram<double> _modelTimer = meters.Create(MeterName).CreateHistogram<double>("dowel.model.timer", "s", "Timers that models report, by key.");

    public void Record(string endpoint, int status, TimeSpan elapsed)
    {
        _requests.Add(1, new("endpoint", endpoint), new("status", StatusText(status)));
        _duration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("endpoint", endpoint));
    }

    /// <summary>Metrics that a model reports of itself.</summary>
    public void Record(string endpoint, IReadOnlyList<ModelMetric> measured)
    {
        foreach (var metric in measured)
        {
            KeyValuePair<string, object?> at = new("endpoint", endpoint), key = new("key", metric.Key);
            switch (metric.Kind)
            {
                case ModelMetricKind.Counter: _modelCounter.Add(metric.Value, at, key); break;
                case ModelMetricKind.Gauge: _modelGauge.Record(metric.Value, at, key); break;
                default: _modelTimer.Record(metric.Value / 1000, at, key); break;
            }
        }
    }

    private static string StatusText(int status) => status switch { 200 => "200", 400 => "400", 422 => "422", 500 => "500", 503 => "503", _ => status.ToString(System.Globalization.CultureInfo.InvariantCulture) };
}
