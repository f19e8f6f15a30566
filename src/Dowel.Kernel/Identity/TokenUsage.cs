using System.Threading.Channels;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dowel.Kernel.Identity;

/// <summary>Writes down when tokens and users were last seen: in the background, at most once a minute for each token.</summary>
internal sealed partial class TokenUsage(IDb db, TimeProvider time, ILogger<TokenUsage> logger) : BackgroundService
{
    public const long IntervalMicros = 60_000_000;
    private readonly Channel<Use> _uses = Channel.CreateBounded<Use>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Touch(TokenEntry entry, long now)
    {
        if (entry.IsNoteworthy(now)) _uses.Writer.TryWrite(new Use(entry.TokenId, entry.UserId, now));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _uses.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken);
                await FlushAsync(CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            await FlushAsync(CancellationToken.None);
        }
    }

    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        var batch = new Dictionary<string, Use>();
        while (_uses.Reader.TryRead(out var use)) batch[use.TokenId] = use;
        if (batch.Count == 0) return;
        try
        {
            await db.WriteAsync(async s =>
            {
                var args = batch.Values.OrderBy(u => u.TokenId, StringComparer.Ordinal).Select(u => new { token = u.TokenId, user = u.UserId, at = u.At, before = u.At - IntervalMicros }).ToList();
                await Accounts.LineUpAsync(s);
                await s.ExecuteAsync("UPDATE kernel_tokens SET last_used_at = @at WHERE id = @token AND (last_used_at IS NULL OR last_used_at <= @before)", args);
                await s.ExecuteAsync("UPDATE kernel_users SET last_seen_at = @at WHERE id = @user AND (last_seen_at IS NULL OR last_seen_at <= @before)", args.OrderBy(a => a.user, StringComparer.Ordinal));
                return Result.Done;
            }, cancellationToken);
        }
        catch (Exception e)
        {
            LogNotWritten(e, batch.Count);
        }
    }

    [LoggerMessage(1201, LogLevel.Warning, "The last use of {Count} tokens could not be written")]
    private partial void LogNotWritten(Exception e, int count);

    private readonly record struct Use(string TokenId, string UserId, long At);
}
