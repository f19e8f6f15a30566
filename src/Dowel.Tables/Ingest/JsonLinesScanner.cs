using System.Text.Json;
using System.Text.Unicode;
using Dowel.Kernel.Results;

namespace Dowel.Tables.Ingest;

/// <summary>Reads a JSON-lines file through once, so that a message can name the line.</summary>
internal static class JsonLinesScanner
{
    private const int MaxLineBytes = 16 * 1024 * 1024;

    /// <summary>How many objects the file holds.</summary>
    public static Result<long> Scan(Stream stream)
    {
        var buffer = new byte[256 * 1024];
        var (start, end, line, objects) = (0, 0, 1L, 0L);
        var atEnd = false;
        var first = true;
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
            if (Check(bytes.Trim(" \t\r"u8), line, ref objects) is { } failure) return failure;
            if (hit < 0) break;
            start += length + 1;
            line++;
        }
        return objects == 0 ? CsvScanner.Bad("The file is empty.") : objects;
    }

    // Describing a type that is nested deeper costs time that doubles with each level.
    private const int MaxDepth = 16;

    private static Failure? Check(ReadOnlySpan<byte> text, long line, ref long objects)
    {
        if (text.IsEmpty) return null;
        if (!Utf8.IsValid(text)) return CsvScanner.Bad($"Line {line} is not UTF-8 text.");
        try
        {
            // The reader refuses what is nested even deeper; what it lets pass is counted.
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 128 });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) return CsvScanner.Bad($"Line {line} is not a JSON object: '{CsvScanner.Shorten(text)}'.");
            while (reader.TokenType != JsonTokenType.EndObject || reader.CurrentDepth > 0)
            {
                if (reader.CurrentDepth > MaxDepth) return CsvScanner.Bad($"Line {line} is nested more than {MaxDepth} levels deep.");
                reader.Read();
            }
            if (reader.Read()) return CsvScanner.Bad($"Line {line} holds more than one JSON value: '{CsvScanner.Shorten(text)}'.");
        }
        catch (JsonException e)
        {
            return CsvScanner.Bad($"Line {line} is not JSON (at byte {e.BytePositionInLine}): '{CsvScanner.Shorten(text)}'.");
        }
        objects++;
        return null;
    }
}
