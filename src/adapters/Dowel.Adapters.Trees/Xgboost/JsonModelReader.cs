using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Dowel.Adapters.Trees.Xgboost;

/// <summary>Reads JSON as XGBoost writes it, which has NaN and Infinity among its numbers; other readers stop there.</summary>
internal sealed class JsonModelReader(byte[] bytes) : ModelReader(bytes)
{
    protected override object? Value(string place, int depth, bool keep)
    {
        Space();
        switch (Bytes[At])
        {
            case (byte)'{':
                Count(depth, keep);
                return Object(place, depth, keep);
            case (byte)'[':
                Count(depth, keep);
                return Array(place, depth, keep);
            case (byte)'"':
                Count(depth, keep);
                return String(keep);
            case (byte)'t':
                Expect("true"u8);
                return true;
            case (byte)'f':
                Expect("false"u8);
                return false;
            case (byte)'n':
                Expect("null"u8);
                return null;
            default:
                return Number();
        }
    }

    private ModelFields? Object(string place, int depth, bool keep)
    {
        var fields = keep ? new ModelFields(place) : null;
        At++;
        Space();
        if (Bytes[At] == '}')
        {
            At++;
            return fields;
        }
        while (true)
        {
            Space();
            var key = (string)String(keep: true)!;
            Space();
            Expect(":"u8);
            Member(fields, key, place, depth);
            Space();
            if (Bytes[At] == ',')
            {
                At++;
                continue;
            }
            Expect("}"u8);
            return fields;
        }
    }

    private object? Array(string place, int depth, bool keep)
    {
        var items = keep ? new Items() : null;
        At++;
        Space();
        if (Bytes[At] == ']')
        {
            At++;
            return items?.Done();
        }
        while (true)
        {
            Space();
            if (Bytes[At] is (byte)'-' or (byte)'N' or (byte)'I' or (>= (byte)'0' and <= (byte)'9'))
            {
                var number = Number();
                items?.Add(number);
            }
            else
            {
                var item = Value(place, depth + 1, keep);
                items?.Add(item);
            }
            Space();
            if (Bytes[At] == ',')
            {
                At++;
                continue;
            }
            Expect("]"u8);
            return items?.Done();
        }
    }

    private string? String(bool keep)
    {
        var start = At;
        if (Bytes[At++] != '"') throw new FormatException("text is expected");
        var escaped = false;
        while (Bytes[At] != '"')
        {
            if (Bytes[At] == '\\')
            {
                escaped = true;
                At++;
            }
            At++;
        }
        At++;
        if (!keep) return null;
        try
        {
            return escaped ? JsonSerializer.Deserialize<string>(Bytes.AsSpan(start..At)) : Encoding.UTF8.GetString(Bytes, start + 1, At - start - 2);
        }
        catch (JsonException)
        {
            throw new FormatException("a text cannot be read");
        }
    }

    private double Number()
    {
        if (Bytes[At] == 'N')
        {
            Expect("NaN"u8);
            return double.NaN;
        }
        var negative = Bytes[At] == '-';
        if (Bytes[negative ? At + 1 : At] == 'I')
        {
            if (negative) At++;
            Expect("Infinity"u8);
            return negative ? double.NegativeInfinity : double.PositiveInfinity;
        }
        if (!Utf8Parser.TryParse(Bytes.AsSpan(At), out double value, out var used)) throw new FormatException("a number is expected");
        At += used;
        return value;
    }

    private void Space()
    {
        while (Bytes[At] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') At++;
    }

    private void Expect(ReadOnlySpan<byte> text)
    {
        if (At + text.Length > Bytes.Length && text.StartsWith(Bytes.AsSpan(At))) throw new IndexOutOfRangeException();
        if (!Bytes.AsSpan(At).StartsWith(text)) throw new FormatException($"'{Encoding.UTF8.GetString(text)}' is expected");
        At += text.Length;
    }
}
