using System.Buffers.Binary;
using Dowel.Features.Push;
using Dowel.Kernel.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RocksDbSharp;

namespace Dowel.Features.Online;

/// <summary>What a push changed online.</summary>
/// <param name="Updated">Entities whose newest row changed.</param>
/// <param name="Entities">Entities of the view after it.</param>
internal readonly record struct OnlineChange(long Updated, long Entities);

/// <summary>The newest row of each entity, in an embedded RocksDB. Writes of one view come one after the other; reads are free.</summary>
internal sealed partial class OnlineStore : IDisposable
{
    // Says that the store has been filled from the offline store once; its key is shorter than any other.
    private static readonly byte[] CompleteKey = [OnlineKeys.Figures];
    private readonly ILogger _logger;
    private readonly string _folder;
    private readonly RocksDb _db;
    private readonly ReadOptions _read = new();
    private readonly WriteOptions _durable = new WriteOptions().SetSync(true);
    private readonly ColumnFamilyHandle _family;
    private int _readers;
    private volatile bool _closed;

    public OnlineStore(IOptions<DowelOptions> options, ILogger<OnlineStore> logger)
    {
        _logger = logger;
        _folder = options.Value.Folder("features", "online");
        var dbOptions = new DbOptions().SetCreateIfMissing(true).SetInfoLogLevel(InfoLogLevel.Warn).SetKeepLogFileNum(3);
        var families = new ColumnFamilies(new ColumnFamilyOptions().SetBlockBasedTableFactory(new BlockBasedTableOptions().SetFilterPolicy(BloomFilterPolicy.Create(10, false))));
        if (File.Exists(DamageMarker)) SetAside("a read of it had failed");
        try
        {
            _db = RocksDb.Open(dbOptions, _folder, families);
        }
        catch (RocksDbException e) when (IsDamage(e.Message))
        {
            SetAside(e.Message);
            _db = RocksDb.Open(dbOptions, _folder, families);
        }
        _family = _db.GetDefaultColumnFamily();
        IsNew = _db.Get(CompleteKey) is null;
    }

    /// <summary>Whether the store is not known to be complete: made just now, or cut off while it was filled.</summary>
    public bool IsNew { get; }

    public void MarkComplete() => _db.Put(CompleteKey, new byte[] { 1 }, writeOptions: _durable);

    internal IntPtr Handle => _db.Handle;
    internal IntPtr ReadHandle => _read.Handle;
    internal IntPtr FamilyHandle => _family.Handle;

    /// <summary>Says, for the next start, that the store has to be made anew.</summary>
    private string DamageMarker => _folder + ".damaged";

    /// <summary>What a failed read throws. Where the store is damaged, the next start makes it anew.</summary>
    /// <param name="message">What RocksDB says.</param>
    public InvalidOperationException ReadFailed(string? message)
    {
        if (IsDamage(message) && !File.Exists(DamageMarker))
        {
            File.WriteAllText(DamageMarker, "");
            LogDamaged(message);
        }
        return new($"The online store could not be read: {message}");
    }

    /// <summary>Whether files are broken or gone; not a full disk, nor a folder that another process has open.</summary>
    private static bool IsDamage(string? message) => message is not null && (message.Contains("Corruption", StringComparison.Ordinal) || message.Contains("No such file", StringComparison.Ordinal));

    /// <summary>Everything is in the offline store too, so an empty one takes the place of what cannot be read.</summary>
    private void SetAside(string reason)
    {
        var kept = $"{_folder}-damaged-{Guid.CreateVersion7():N}";
        Directory.Move(_folder, kept);
        Directory.CreateDirectory(_folder);
        File.Delete(DamageMarker);
        LogSetAside(reason, kept);
    }

    [LoggerMessage(3022, LogLevel.Error, "The online store is damaged ({Reason}); it is kept as {Kept} and made anew from the offline store")]
    private partial void LogSetAside(string reason, string kept);

    [LoggerMessage(3023, LogLevel.Critical, "The online store is damaged ({Reason}); start the server again, and it is made anew from the offline store")]
    private partial void LogDamaged(string? reason);

    /// <summary>Holds the store open while rows are read; false after it was closed.</summary>
    public bool TryEnter(out Lease lease)
    {
        Interlocked.Increment(ref _readers);
        lease = new Lease(this);
        if (!_closed) return true;
        lease.Dispose();
        return false;
    }

    /// <summary>Writes the rows that are newer than the stored ones, all in one synced batch.</summary>
    public OnlineChange Apply(RowBatch rows)
    {
        var view = rows.Schema;
        Span<byte> key = stackalloc byte[OnlineKeys.MaxLength];
        var buffer = new byte[1024];
        var (added, updated) = (0L, 0L);
        using var batch = new WriteBatch();
        foreach (var row in rows.Keys is not null ? Newest(rows, rows.Keys) : Newest(rows, rows.TextKeys!))
        {
            var length = rows.Keys is not null ? OnlineKeys.Write(view, rows.Keys[row], key) : OnlineKeys.Write(view, rows.TextKeys![row], key);
            using (var stored = PinnedRow.Get(this, key[..length]))
            {
                if (stored.IsFound && !stored.Row.IsOlderThan(rows.Timestamps[row], rows.Orders[row])) continue;
                if (!stored.IsFound) added++;
            }
            updated++;
            var size = OnlineRow.Write(ref buffer, rows, row);
            batch.Put(key[..length], buffer.AsSpan(0, size));
        }
        var figures = OnlineKeys.Prefix(OnlineKeys.Figures, view.KeyPrefix);
        var entities = (_db.Get(figures) is { } before ? BinaryPrimitives.ReadInt64LittleEndian(before) : 0) + added;
        if (updated > 0)
        {
            var count = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(count, entities);
            batch.Put(figures, count);
            _db.Write(batch, _durable);
        }
        return new(updated, entities);
    }

    /// <summary>Removes a view.</summary>
    public void Drop(ReadOnlySpan<byte> view)
    {
        using var batch = new WriteBatch();
        foreach (var kind in new[] { OnlineKeys.Figures, OnlineKeys.Row })
        {
            var from = OnlineKeys.Prefix(kind, view);
            var to = OnlineKeys.After(from);
            batch.DeleteRange(from, (ulong)from.Length, to, (ulong)to.Length);
        }
        _db.Write(batch, _durable);
    }

    /// <summary>Removes every view but these.</summary>
    public void KeepOnly(IReadOnlyList<byte[]> views)
    {
        var known = views.Select(Convert.ToHexString).ToHashSet();
        using var iterator = _db.NewIterator();
        iterator.SeekToFirst();
        while (iterator.Valid())
        {
            var key = iterator.GetKeySpan();
            if (key.Length < OnlineKeys.PrefixLength)
            {
                iterator.Next();
                continue;
            }
            var prefix = key[..OnlineKeys.PrefixLength].ToArray();
            if (!known.Contains(Convert.ToHexString(prefix.AsSpan(1)))) Drop(prefix.AsSpan(1));
            iterator.Seek(OnlineKeys.After(prefix));
        }
    }

    /// <summary>The rows of a batch that are the newest of their entity.</summary>
    private static IEnumerable<int> Newest<TKey>(RowBatch rows, List<TKey> keys) where TKey : notnull
    {
        var newest = new Dictionary<TKey, int>(rows.Count);
        for (var row = 0; row < rows.Count; row++)
        {
            if (!newest.TryGetValue(keys[row], out var other)
                || rows.Timestamps[row] > rows.Timestamps[other]
                || (rows.Timestamps[row] == rows.Timestamps[other] && rows.Orders[row] > rows.Orders[other]))
                newest[keys[row]] = row;
        }
        return newest.Values;
    }

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        // A read after the close would take the process down. Those that began before it take microseconds.
        SpinWait.SpinUntil(() => Volatile.Read(ref _readers) == 0, TimeSpan.FromSeconds(10));
        _db.Dispose();
    }

    /// <summary>Holds the store open.</summary>
    public readonly ref struct Lease(OnlineStore store) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref store._readers);
    }
}
