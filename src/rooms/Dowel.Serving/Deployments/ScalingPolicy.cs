using Dowel.Contracts;

namespace Dowel.Serving.Deployments;

/// <summary>
/// Decides how many replicas a load wants, as Knative's autoscaler does (knative.dev/docs/serving/autoscaling): the average of requests under way over a stable window, divided by 70 % of the target;
/// when the last tenth of the window wants twice what is there, panic: the number only rises, until a whole window has passed without need. At most half of the replicas go at once.
/// </summary>
internal sealed class ScalingPolicy(ScalingSettings settings)
{
    /// <summary>Seconds between two decisions.</summary>
    public const double TickSeconds = 2;
    private const double Utilization = 0.7;
    private const double PanicThreshold = 2;
    private const double PanicShare = 0.1;
    private const double MostDown = 2;
    private readonly Queue<LoadSample> _samples = new();
    private double? _panicSince;
    private int _panicReplicas;

    /// <param name="now">The load now.</param>
    /// <param name="p95">The 95th percentile of latency over the window, in milliseconds; null where nothing was asked.</param>
    /// <param name="ready">Replicas that answer.</param>
    /// <returns>Replicas wanted, from 1 on.</returns>
    public int Decide(LoadSample now, double? p95, int ready)
    {
        _samples.Enqueue(now);
        while (_samples.Count > 1 && _samples.Peek().At < now.At - settings.WindowSeconds) _samples.Dequeue();
        var there = Math.Max(1, ready);
        var target = settings.TargetConcurrency * Utilization;
        var stable = Math.Ceiling(Average(now, settings.WindowSeconds) / target);
        var panic = Math.Ceiling(Average(now, Math.Max(settings.WindowSeconds * PanicShare, TickSeconds)) / target);
        if (settings.TargetLatencyMs is { } wished && p95 > wished) stable = Math.Max(stable, Math.Ceiling(there * Math.Min(2, p95.Value / wished)));
        var desired = Math.Max(stable, Math.Floor(there / MostDown));

        if (panic / there >= PanicThreshold)
        {
            if (_panicSince is null) _panicReplicas = 0;
            _panicSince = now.At;
        }
        else if (_panicSince + settings.WindowSeconds < now.At) _panicSince = null;
        if (_panicSince is not null) desired = _panicReplicas = (int)Math.Max(_panicReplicas, Math.Max(desired, panic));
        return (int)Math.Clamp(desired, Math.Max(1, settings.Min), settings.Max);
    }

    /// <summary>The sample from which on latencies count.</summary>
    public long RequestsBefore => _samples.TryPeek(out var oldest) ? oldest.Requests : 0;

    private double Average(LoadSample now, double seconds)
    {
        var from = _samples.FirstOrDefault(s => s.At >= now.At - seconds, now);
        return now.At > from.At ? (now.Area - from.Area) / (now.At - from.At) : now.UnderWay;
    }
}
