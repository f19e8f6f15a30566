using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Dowel.Tables.Segments;
using DuckDB.NET.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dowel.Tables.Tests;

internal readonly record struct TestRecord(long Id, int Thread, double? Value, string Text);

internal sealed class TestCodec : ISegmentCodec<TestRecord>
{
    public IReadOnlyList<SegmentColumn> Columns { get; init; } = [new("id", "BIGINT"), new("thread", "INTEGER"), new("value", "DOUBLE"), new("text", "VARCHAR")];

    public void Write(IBufferWriter<byte> output, in TestRecord record)
    {
        var span = output.GetSpan(21);
        BinaryPrimitives.WriteInt64LittleEndian(span, record.Id);
        BinaryPrimitives.WriteInt32LittleEndian(span[8..], record.Thread);
        span[12] = record.Value is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteDoubleLittleEndian(span[13..], record.Value ?? 0);
        output.Advance(21);
        Encoding.UTF8.GetBytes(record.Text, output);
    }

    public TestRecord Read(ReadOnlySpan<byte> payload) => new(
        BinaryPrimitives.ReadInt64LittleEndian(payload),
        BinaryPrimitives.ReadInt32LittleEndian(payload[8..]),
        payload[12] == 0 ? null : BinaryPrimitives.ReadDoubleLittleEndian(payload[13..]),
        Encoding.UTF8.GetString(payload[21..]));

    public void AppendRow(IDuckDBAppenderRow row, in TestRecord record)
    {
        row.AppendValue(record.Id).AppendValue(record.Thread);
        if (record.Text == "poison") throw new InvalidOperationException("poison");
        row.AppendValue(record.Value).AppendValue(record.Text);
        for (var i = 4; i < Columns.Count; i++) row.AppendValue("more");
    }
}

/// <summary>Remembers what was logged at warning and above.</summary>
internal class ListLogger : ILogger
{
    public List<string> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        lock (Lines) Lines.Add($"{eventId.Id} {formatter(state, exception)}");
    }
}

internal sealed class ListLogger<T> : ListLogger, ILogger<T>;

internal static class TestLog
{
    public static SegmentLog<TestRecord> Open(string directory, Func<SegmentLogOptions, SegmentLogOptions>? change = null, ILogger? logger = null, TestCodec? codec = null)
    {
        // By default nothing is sealed by itself, so that a test decides when.
        var options = new SegmentLogOptions { Directory = directory, SealAge = TimeSpan.FromHours(1), FlushInterval = TimeSpan.FromMilliseconds(50) };
        return SegmentLog<TestRecord>.Open(change?.Invoke(options) ?? options, codec ?? new(), TimeProvider.System, logger ?? NullLogger.Instance);
    }

    public static async Task<List<long>> Ids(this SegmentLog<TestRecord> log) => [.. await log.QueryAsync("SELECT id FROM log ORDER BY id", r => r.GetInt64(0))];

    public static TestRecord Record(long id) => new(id, 0, id % 3 == 0 ? null : id / 2.0, $"text {id}");
}
