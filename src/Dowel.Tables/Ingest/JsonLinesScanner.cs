using System.Text.Json;
using System.Text.Unicode;
using Dowel.Kernel.Results;

namespace Dowel.Tables.Ingest;

/// <summary>Reads a JSON-lines file through once, so that a message can name the line.</summary>
internal static class JsonLinesScanner
{
    private const int MaxLineBytes = 16 * 1024 * 1024;

    /// <summary>How many objects the file holds, and how many different keys these have.</summary>
    public static Result<(long Objects, int Keys)> Scan(Stream stream)
    {
        var buffer = new byte[256 * 1024];
        var (start, end, line, objects) = (0, 0, 1L, 0L);
        var atEnd = false;
        var first = true;
        var keys = new Keys();
        while (true)
        {
            var hit = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (hit < 0 && !atEnd)
            {
                if (end - start > MaxLineBytes) return CsvScanner.Bad($"Line {line} is longer than {MaxLineBytes / 1024 / 1024} MB.");
                if (start > 0)
                {
                    buffer.AsSpan(start, end - start).CopyTo(buffer);
                    (start, end) = (0, end - start);
                }
                if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
                var read = stream.Read(buffer, end, buffer.Length - end);
                atEnd = read == 0;
                end += read;
                continue;
            }
            var length = hit < 0 ? end - start : hit;
            var bytes = buffer.AsSpan(start, length);
            if (first && bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
            first = false;
            if (Check(bytes.Trim(" \t\r"u8), line, keys, ref objects) is { } failure) return failure;
            if (hit < 0) break;
            start += length + 1;
            line++;
        }
        return objects == 0 ? CsvScanner.Bad("The file is empty.") : (objects, keys.Count);
    }

    private static Failure? Check(ReadOnlySpan<byte> text, long line, Keys keys, ref long objects)
    {
        if (text.IsEmpty) return null;
        if (!Utf8.IsValid(text)) return CsvScanner.Bad($"Line {line} is not UTF-8 text.");
        try
        {
            var reader = new Utf8JsonReader(text);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) return CsvScanner.Bad($"Line {line} is not a JSON object: '{CsvScanner.Shorten(text)}'.");
            while (reader.Read())
            {
                if (reader.CurrentDepth > TableIngest.MaxDepth) return CsvScanner.Bad($"Line {line} is nested more than {TableIngest.MaxDepth} levels deep.");
                if (reader is { CurrentDepth: 1, TokenType: JsonTokenType.PropertyName } && TableIngest.CheckCount(keys.Add(ref reader)) is { } tooMany) return tooMany;
                if (reader.TokenType == JsonTokenType.Number && IsPastRange(ref reader)) return CsvScanner.Bad($"Line {line} holds a number that float64 cannot hold: '{CsvScanner.Shorten(reader.ValueSpan)}'. Send it as text, in quotes.");
            }
        }
        catch (JsonException e)
        {
            return CsvScanner.Bad($"Line {line} is not JSON (at byte {e.BytePositionInLine}): '{CsvScanner.Shorten(text)}'.");
        }
        objects++;
        return null;
    }

    private static bool IsPastRange(ref Utf8JsonReader reader) =>
        (reader.ValueSpan.Length > 300 || reader.ValueSpan.IndexOfAny((byte)'e', (byte)'E') >= 0) && !(reader.TryGetDouble(out var value) && double.IsFinite(value));

    /// <summary>The different keys of all lines, which become the columns.</summary>
    private sealed class Keys
    {
        private readonly HashSet<string> _seen = [];
        private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;
        private readonly char[] _text = new char[256];

        public int Count => _seen.Count;

        public Keys() => _lookup = _seen.GetAlternateLookup<ReadOnlySpan<char>>();

        /// <summary>How many there are with this one.</summary>
        public int Add(ref Utf8JsonReader reader)
        {
            if (reader.ValueSpan.Length > _text.Length) _seen.Add(reader.GetString()!);
            else _lookup.Add(_text.AsSpan(0, reader.CopyString(_text)));
            return _seen.Count;
        }
    }
}
