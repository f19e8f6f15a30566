namespace Dowel.Kernel.Relational;

/// <summary>Instants as stored: Unix microseconds.</summary>
public static class Instants
{
    /// <summary>To microseconds since 1970.</summary>
    public static long ToMicros(this DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>From microseconds since 1970.</summary>
    public static DateTimeOffset FromMicros(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    /// <summary>From microseconds since 1970, or null.</summary>
    public static DateTimeOffset? FromMicros(long? micros) => micros is { } m ? FromMicros(m) : null;

    /// <summary>Now, in microseconds since 1970.</summary>
    public static long NowMicros(this TimeProvider time) => time.GetUtcNow().ToMicros();
}
