using System.Buffers.Binary;
using System.Text;

namespace Dowel.Adapters.Trees.Xgboost;

/// <summary>Reads Universal Binary JSON (https://ubjson.org), of which XGBoost writes typed arrays with their length. Those are not copied.</summary>
internal sealed class UbjsonModelReader(byte[] bytes) : ModelReader(bytes)
{
    protected override object? Value(string place, int depth, bool keep)
    {
        var marker = Bytes[At++];
        switch (marker)
        {
            case (byte)'{':
                Count(depth, keep);
                return Object(place, depth, keep);
            case (byte)'[':
                Count(depth, keep);
                return Array(place, depth, keep);
            case (byte)'S':
                Count(depth, keep);
                return String(keep);
            case (byte)'Z':
                return null;
            case (byte)'T':
                return true;
            case (byte)'F':
                return false;
            default:
                var value = Number(Bytes, At, marker);
                At += Size(marker);
                return value;
        }
    }

    private ModelFields? Object(string place, int depth, bool keep)
    {
        var fields = keep ? new ModelFields(place) : null;
        while (Bytes[At] != '}')
        {
            var key = String(keep: true)!;
            Member(fields, key, place, depth);
        }
        At++;
        return fields;
    }

    private object? Array(string place, int depth, bool keep)
    {
        if (Bytes[At] == '$')
        {
            var type = Bytes[At + 1];
            var size = Size(type);
            if (Bytes[At + 2] != '#') throw new FormatException("an array has a type and no length");
            At += 3;
            var length = Length(size);
            var numbers = keep ? new TypedNumbers(Bytes, At, type, length) : null;
            At += length * size;
            return numbers;
        }
        var items = keep ? new Items() : null;
        if (Bytes[At] == '#')
        {
            At++;
            var length = Length(1);
            for (var i = 0; i < length; i++) Add();
            return items?.Done();
        }
        while (Bytes[At] != ']') Add();
        At++;
        return items?.Done();

        void Add()
        {
            if (Bytes[At] is var marker && marker is (byte)'i' or (byte)'U' or (byte)'I' or (byte)'l' or (byte)'L' or (byte)'d' or (byte)'D')
            {
                var number = Number(Bytes, At + 1, marker);
                At += 1 + Size(marker);
                items?.Add(number);
                return;
            }
            var item = Value(place, depth + 1, keep);
            items?.Add(item);
        }
    }

    private string? String(bool keep)
    {
        var length = Length(1);
        At += length;
        return keep ? Encoding.UTF8.GetString(Bytes, At - length, length) : null;
    }

    /// <summary>A length that the rest of the file can hold.</summary>
    private int Length(int size)
    {
        var marker = Bytes[At++];
        if (marker is (byte)'d' or (byte)'D') throw new FormatException("a length is not a whole number");
        var length = Number(Bytes, At, marker);
        At += Size(marker);
        if (length < 0) throw new FormatException("a length is negative");
        if (length * size > Bytes.Length - At) throw new IndexOutOfRangeException();
        return (int)length;
    }

    private static int Size(byte marker) => marker switch
    {
        (byte)'i' or (byte)'U' or (byte)'C' => 1,
        (byte)'I' => 2,
        (byte)'l' or (byte)'d' => 4,
        (byte)'L' or (byte)'D' => 8,
        _ => throw new FormatException("there is something that XGBoost does not write"),
    };

    private static double Number(byte[] bytes, int at, byte marker) => marker switch
    {
        (byte)'i' => (sbyte)bytes[at],
        (byte)'U' or (byte)'C' => bytes[at],
        (byte)'I' => BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(at)),
        (byte)'l' => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at)),
        (byte)'d' => BinaryPrimitives.ReadSingleBigEndian(bytes.AsSpan(at)),
        (byte)'L' => BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at)),
        (byte)'D' => BinaryPrimitives.ReadDoubleBigEndian(bytes.AsSpan(at)),
        _ => throw new FormatException("there is something that XGBoost does not write"),
    };

    private sealed class TypedNumbers(byte[] bytes, int first, byte type, int count) : Numbers
    {
        private readonly int _size = Size(type);

        public override int Count => count;
        public override double this[int index] => Number(bytes, first + (index * _size), type);
    }
}
