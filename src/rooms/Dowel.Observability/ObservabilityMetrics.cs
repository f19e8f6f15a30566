using System.Diagnostics.Metrics;
using Dowel.Tables.Segments;

namespace Dowel.Observability;

/// <summary>Metrics of the prediction log itself, meter <c>Dowel.Observability</c>.</summary>
internal sealed class ObservabilityMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Dowel.Observability";

    private readonly Counter<long> _appended;
    private Func<SegmentLogStatus>? _status;

    public ObservabilityMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _appended = meter.CreateCounter<long>("dowel.prediction_log.records", "{record}", "Records appended to the prediction log.");
        // The log refuses rather than drops, so that this stays zero is a promise that can be watched.
        meter.CreateObservableCounter("dowel.prediction_log.dropped", () => 0L, "{record}", "Records dropped; always zero.");
        meter.CreateObservableGauge("dowel.prediction_log.segments", () => Status.Segments, "{file}", "Parquet segments.");
        meter.CreateObservableGauge("dowel.prediction_log.segment_bytes", () => Status.SegmentBytes, "By", "Size of the Parquet segments.");
        meter.CreateObservableGauge("dowel.prediction_log.pending_bytes", () => Status.LogBytes, "By", "Size of the log files not yet made into Parquet.");
    }

    private SegmentLogStatus Status => _status?.Invoke() ?? new(0, 0, 0, 0, 0);

    public void Watch(Func<SegmentLogStatus> status) => _status = status;

    public void Appended(int records) => _appended.Add(records);
}
