namespace Dowel.Serving.Deployments;

/// <summary>Measures a deployment's load: how many requests were under way on average, and how long the slow ones took.</summary>
internal sealed class LoadMeter(TimeProvider time)
{
    private const int Kept = 512;
    private readonly Lock _lock = new();
    private readonly long _origin = time.GetTimestamp();
    private readonly float[] _latencies = new float[Kept];
    private long _seen;
    private int _underWay;
    // The area under the curve of requests under way, in ticks, up to _at.
    private double _area;
    private long _at;

    public long Begin()
    {
        var now = time.GetTimestamp() - _origin;
        lock (_lock)
        {
            Advance(now);
            _underWay++;
        }
        return now;
    }

    public void End(long begun)
    {
        var now = time.GetTimestamp() - _origin;
        lock (_lock)
        {
            Advance(now);
            _underWay--;
            _latencies[_seen++ % Kept] = (float)(1000.0 * (now - begun) / time.TimestampFrequency);
        }
    }

    /// <summary>The load up to now.</summary>
    public LoadSample Sample()
    {
        lock (_lock)
        {
            Advance(time.GetTimestamp() - _origin);
            return new LoadSample(_at / (double)time.TimestampFrequency, _area / time.TimestampFrequency, _underWay, _seen);
        }
    }

    /// <summary>The 95th percentile of the latest latencies, in milliseconds, of those after the request <paramref name="since"/>; null without any.</summary>
    public double? P95(long since)
    {
        float[] latest;
        lock (_lock)
        {
            var count = (int)Math.Min(Kept, _seen - since);
            if (count <= 0) return null;
            latest = new float[count];
            for (var i = 0; i < count; i++) latest[i] = _latencies[(_seen - 1 - i) % Kept];
        }
        Array.Sort(latest);
        return latest[(int)Math.Ceiling(0.95 * latest.Length) - 1];
    }

    private void Advance(long now)
    {
        // Two threads may bring their times in the other order.
        if (now <= _at) return;
        _area += (double)_underWay * (now - _at);
        _at = now;
    }
}

/// <summary>A deployment's load at one moment.</summary>
/// <param name="At">When, in seconds.</param>
/// <param name="Area">Sum over all time of the requests under way, in request-seconds; its difference between two moments, divided by the time between, is the average.</param>
/// <param name="UnderWay">Requests under way.</param>
/// <param name="Requests">Requests answered until then.</param>
internal readonly record struct LoadSample(double At, double Area, int UnderWay, long Requests);
