using System.Text;
using System.Text.Unicode;
using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Tables.Ingest;

/// <summary>
/// Reads a CSV file through once before DuckDB does: finds the separator and the header, and finds what is wrong with it,
/// so that a message can name the line. It keeps one record in memory at a time.
/// </summary>
internal sealed class CsvScanner(Stream stream)
{
    private const int ChunkSize = 256 * 1024;
    private const int MaxRecordBytes = 8 * 1024 * 1024;
    private static readonly char[] Delimiters = [',', ';', '\t'];

    private byte[] _buffer = new byte[ChunkSize];
    private int _start;
    private int _end;
    private bool _atEnd;
    private long _line = 1;

    public Result<CsvLayout> Scan()
    {
        Fill();
        if (_buffer.AsSpan(_start, _end - _start).StartsWith("\uFEFF"u8)) _start += 3;

        CsvRecord record;
        do
        {
            if (!NextRecord((byte)',', null, out record, out var failure)) return failure ?? Bad("The file is empty.");
        }
        while (record.Bytes.IsEmpty);

        var header = Encoding.UTF8.GetString(record.Bytes);
        var delimiter = FindDelimiter(header, PeekLine());
        var names = SplitHeader(header, delimiter);
        if ((TableIngest.CheckCount(names.Count) ?? CheckNames(names)) is { } wrong) return wrong;

        var records = 0L;
        var expected = names.Count;
        while (true)
        {
            var line = _line;
            if (!NextRecord((byte)delimiter, expected, out record, out var failure))
            {
                if (failure is not null) return failure;
                break;
            }
            if (record.Bytes.IsEmpty)
            {
                // A blank line is nothing, as in pandas and DuckDB; in a file of one column it is a missing value.
                if (expected == 1 && !(_atEnd && _start == _end)) records++;
                continue;
            }
            if (record.Fields != expected)
                return Bad($"Line {line} has {record.Fields} {(record.Fields == 1 ? "field" : "fields")}, but the header names {expected} {(expected == 1 ? "column" : "columns")}: '{Shorten(record.Bytes)}'.");
            records++;
        }
        return new CsvLayout(delimiter, names, records);
    }

    internal static Failure Bad(string detail) => new(ErrorCodes.Malformed, detail);

    internal static string Shorten(ReadOnlySpan<byte> text)
    {
        var shown = Encoding.UTF8.GetString(text[..Math.Min(text.Length, 400)]).ReplaceLineEndings("⏎").TrimEnd('\uFFFD');
        return shown.Length > 120 || text.Length > 400 ? shown[..Math.Min(shown.Length, 120)] + "…" : shown;
    }

    /// <summary>Fails when a column has no usable name or two have the same.</summary>
    internal static Failure? CheckNames(IReadOnlyList<string> names)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i].Contains('\0')) return Bad($"The name of column {i + 1} holds a NUL character.");
            if (!seen.TryAdd(names[i], names[i]))
            {
                return Bad(seen[names[i]] == names[i]
                    ? $"The column name '{names[i]}' occurs twice."
                    : $"The column names '{seen[names[i]]}' and '{names[i]}' differ only in upper and lower case.");
            }
        }
        return null;
    }

    private readonly ref struct CsvRecord(ReadOnlySpan<byte> bytes, int fields)
    {
        public ReadOnlySpan<byte> Bytes { get; } = bytes;
        public int Fields { get; } = fields;
    }

    /// <summary>The next record without its line end; false at the end of the file or when something is wrong.</summary>
    private bool NextRecord(byte delimiter, int? expected, out CsvRecord record, out Failure? failure)
    {
        record = default;
        failure = null;
        var firstLine = _line;
        var position = 0; // from _start
        var (fields, fieldStart, quoted) = (1, 0, false);
        while (true)
        {
            var rest = _buffer.AsSpan(_start + position, _end - _start - position);
            int hit;
            if (quoted) hit = rest.IndexOfAny((byte)'"', (byte)'\n');
            else hit = position == fieldStart && !rest.IsEmpty && rest[0] == (byte)'"' ? 0 : rest.IndexOfAny(delimiter, (byte)'\n');

            // A quote at the very end of the buffer may be the first of two.
            if (hit < 0 || (quoted && rest[hit] == '"' && hit == rest.Length - 1 && !_atEnd))
            {
                if (hit < 0) position += rest.Length;
                else position += hit;
                if (!_atEnd)
                {
                    if (position > MaxRecordBytes)
                    {
                        failure = Bad(quoted ? $"The quoted text that begins on line {firstLine} does not end." : $"Line {firstLine} is longer than {MaxRecordBytes / 1024 / 1024} MB.");
                        return false;
                    }
                    Fill();
                    continue;
                }
                if (quoted && hit < 0)
                {
                    failure = Bad($"The quoted text in the record that begins on line {firstLine} does not end.");
                    return false;
                }
                if (hit < 0)
                {
                    if (position == 0) return false;
                    return Finish(position, position, fields, firstLine, out record, out failure);
                }
            }
            else position += hit;

            var found = _buffer[_start + position];
            if (quoted)
            {
                position++;
                if (found == '\n') _line++;
                else if (_start + position < _end && _buffer[_start + position] == '"') position++;
                else
                {
                    quoted = false;
                    var after = _start + position < _end ? _buffer[_start + position] : (byte)'\n';
                    if (expected is not null && after != delimiter && after is not ((byte)'\n' or (byte)'\r'))
                    {
                        failure = Bad($"Line {_line}: there is text after a closing quote: '{Shorten(_buffer.AsSpan(_start, Math.Min(_end - _start, position + 40)))}'.");
                        return false;
                    }
                }
            }
            else if (found == '"' && position == fieldStart)
            {
                quoted = true;
                position++;
            }
            else if (found == delimiter)
            {
                fields++;
                fieldStart = ++position;
            }
            else
            {
                var length = position > 0 && _buffer[_start + position - 1] == '\r' ? position - 1 : position;
                _line++;
                return Finish(length, position + 1, fields, firstLine, out record, out failure);
            }
        }
    }

    private bool Finish(int length, int consumed, int fields, long line, out CsvRecord record, out Failure? failure)
    {
        var bytes = _buffer.AsSpan(_start, length);
        record = default;
        failure = null;
        if (!Utf8.IsValid(bytes))
        {
            failure = Bad($"Line {line} is not UTF-8 text. Save the file as UTF-8 and send it again.");
            return false;
        }
        if (bytes.Contains((byte)0))
        {
            failure = Bad($"Line {line} holds a NUL character; this does not look like a CSV file.");
            return false;
        }
        record = new(bytes, fields);
        _start += consumed;
        return true;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        if (read == 0) _atEnd = true;
        _end += read;
    }

    /// <summary>The separator that cuts the header and the line after it into equally many fields; failing that, the one that occurs most in the header.</summary>
    private static char FindDelimiter(string header, string next) => Delimiters
        .Select(d => (Delimiter: d, Count: CountOutsideQuotes(header, d), Fits: CountOutsideQuotes(header, d) == CountOutsideQuotes(next, d)))
        .MaxBy(c => (c.Count > 0 && c.Fits, c.Count)).Delimiter;

    private string PeekLine()
    {
        var rest = _buffer.AsSpan(_start, _end - _start);
        var end = rest.IndexOf((byte)'\n');
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static int CountOutsideQuotes(string line, char delimiter)
    {
        var (count, quoted) = (0, false);
        foreach (var c in line)
        {
            if (c == '"') quoted = !quoted;
            else if (c == delimiter && !quoted) count++;
        }
        return count;
    }

    private static List<string> SplitHeader(string header, char delimiter)
    {
        List<string> names = [];
        var (field, quoted) = (new StringBuilder(), false);
        for (var i = 0; i <= header.Length; i++)
        {
            if (i == header.Length || (header[i] == delimiter && !quoted))
            {
                var name = field.ToString().Trim();
                // An index column written by pandas has no name.
                names.Add(name.Length > 0 ? name : $"column_{names.Count + 1}");
                field.Clear();
            }
            else if (header[i] == '"' && quoted && i + 1 < header.Length && header[i + 1] == '"') field.Append(header[i++]);
            else if (header[i] == '"' && (quoted || field.Length == 0)) quoted = !quoted;
            else field.Append(header[i]);
        }
        return names;
    }
}
