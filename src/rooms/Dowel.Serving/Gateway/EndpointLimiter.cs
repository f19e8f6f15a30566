using System.Threading.RateLimiting;
using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Gateway;

/// <summary>Counts requests against an endpoint's limits, of all callers and of each. What is above is refused at once, as a queue would only add to a load that is too high.</summary>
internal sealed class EndpointLimiter : IDisposable
{
    private readonly RateLimiter? _rate;
    private readonly RateLimiter? _concurrency;
    private readonly PartitionedRateLimiter<string>? _callerRate;
    private readonly PartitionedRateLimiter<string>? _callerConcurrency;

    private EndpointLimiter(EndpointLimits limits)
    {
        Limits = limits;
        if (limits.RequestsPerSecond is { } rate) _rate = new TokenBucketRateLimiter(Bucket(rate));
        if (limits.MaxConcurrency is { } most) _concurrency = new ConcurrencyLimiter(Concurrency(most));
        if (limits.CallerRequestsPerSecond is { } each) _callerRate = PartitionedRateLimiter.Create<string, string>(c => RateLimitPartition.GetTokenBucketLimiter(c, _ => Bucket(each)));
        if (limits.CallerMaxConcurrency is { } own) _callerConcurrency = PartitionedRateLimiter.Create<string, string>(c => RateLimitPartition.GetConcurrencyLimiter(c, _ => Concurrency(own)));
    }

    public EndpointLimits Limits { get; }

    /// <summary>The limiter of limits, <paramref name="present"/> where they are the same, so that a change of something else forgets no count; null where nothing is limited.</summary>
    public static EndpointLimiter? Of(EndpointLimits? limits, EndpointLimiter? present = null)
        => limits is null or { RequestsPerSecond: null, MaxConcurrency: null, CallerRequestsPerSecond: null, CallerMaxConcurrency: null } ? null : limits == present?.Limits ? present : new EndpointLimiter(limits);

    /// <summary>Counts a request; dispose of what comes back when it is answered.</summary>
    public Result<Lease> Acquire(string endpoint, string caller)
    {
        var lease = new Lease();
        if (!lease.Add(_callerConcurrency?.AttemptAcquire(caller))) return Refuse(lease, $"You have {Limits.CallerMaxConcurrency} requests at '{endpoint}' under way already, which is all that one caller may have.");
        if (!lease.Add(_concurrency?.AttemptAcquire())) return Refuse(lease, $"The endpoint '{endpoint}' has {Limits.MaxConcurrency} requests under way already, which is all that it may have.");
        if (!lease.Add(_callerRate?.AttemptAcquire(caller))) return Refuse(lease, $"You may send {Limits.CallerRequestsPerSecond:0.###} requests a second to '{endpoint}'.");
        if (!lease.Add(_rate?.AttemptAcquire())) return Refuse(lease, $"The endpoint '{endpoint}' takes {Limits.RequestsPerSecond:0.###} requests a second.");
        return lease;
    }

    /// <summary>Lets go of it once the requests that saw it have asked; limiters that count by time hold a timer.</summary>
    public void DisposeLater(TimeProvider time) => _ = Task.Delay(TimeSpan.FromMinutes(2), time).ContinueWith(_ => Dispose(), TaskScheduler.Default);

    private static Failure Refuse(Lease lease, string why)
    {
        lease.Dispose();
        return new Failure(ErrorCodes.RateLimited with { Title = "Too many requests." }, why) { RetryAfterSeconds = lease.RetryAfterSeconds };
    }

    // A second's worth may come at once; what is more than one a second is filled in small steps.
    private static TokenBucketRateLimiterOptions Bucket(double perSecond)
    {
        var period = Math.Max(0.01, 1 / perSecond);
        var tokens = (int)Math.Max(1, Math.Round(perSecond * period));
        return new() { TokenLimit = Math.Max(1, (int)Math.Ceiling(perSecond)), TokensPerPeriod = tokens, ReplenishmentPeriod = TimeSpan.FromSeconds(tokens / perSecond), QueueLimit = 0, AutoReplenishment = true };
    }

    private static ConcurrencyLimiterOptions Concurrency(int most) => new() { PermitLimit = most, QueueLimit = 0 };

    public void Dispose()
    {
        _rate?.Dispose();
        _concurrency?.Dispose();
        _callerRate?.Dispose();
        _callerConcurrency?.Dispose();
    }

    /// <summary>What a request holds while it is under way.</summary>
    internal sealed class Lease : IDisposable
    {
        private RateLimitLease? _first;
        private RateLimitLease? _second;

        public int RetryAfterSeconds { get; private set; } = 1;

        public bool Add(RateLimitLease? lease)
        {
            if (lease is null) return true;
            if (!lease.IsAcquired)
            {
                if (lease.TryGetMetadata(MetadataName.RetryAfter, out var after)) RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(after.TotalSeconds));
                lease.Dispose();
                return false;
            }
            // Leases of a rate hold nothing.
            if (_first is null) _first = lease;
            else _second ??= lease;
            return true;
        }

        public void Dispose()
        {
            _first?.Dispose();
            _second?.Dispose();
        }
    }
}
