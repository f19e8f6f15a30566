using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees.Xgboost;

/// <summary>What reading JSON and UBJSON have in common: depth and the number of values are bounded, so a small file cannot become a large document.</summary>
internal abstract class ModelReader(byte[] bytes)
{
    private const int MostDepth = 32;
    private const int MostValues = 5_000_000;
    private int _values;

    protected byte[] Bytes { get; } = bytes;

    protected int At { get; set; }

    /// <summary>The document of a file: JSON or UBJSON, by its first bytes, as XGBoost tells them apart.</summary>
    public static ModelFields Read(byte[] bytes, string file)
    {
        var first = 0;
        while (first < bytes.Length && bytes[first] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') first++;
        if (bytes.AsSpan(first).StartsWith("CONFIG-offset:"u8) || first >= bytes.Length || bytes[first] != '{')
            throw new ModelException($"'{file}' is neither JSON nor UBJSON; XGBoost's older binary format cannot be loaded. Load it with the XGBoost that wrote it and save it again: booster.save_model('model.json').");
        // In UBJSON a key starts with the type of its length; in JSON with a quote, after spaces.
        ModelReader reader = first + 1 < bytes.Length && bytes[first + 1] is (byte)'L' or (byte)'l' or (byte)'i' or (byte)'U' or (byte)'I' ? new UbjsonModelReader(bytes) : new JsonModelReader(bytes);
        try
        {
            reader.At = first;
            return reader.Document();
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            throw new ModelException($"'{file}' is cut off.", e);
        }
        catch (FormatException e)
        {
            throw new ModelException($"'{file}' is no model that XGBoost wrote: at byte {reader.At}, {e.Message}.", e);
        }
    }

    private ModelFields Document() => Value("", 0, keep: true) as ModelFields ?? throw new FormatException("there is no object");

    /// <summary>Reads one value and moves past it.</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="depth">Objects and arrays around it.</param>
    /// <param name="keep">Whether it is wanted; what is not is only passed over.</param>
    protected abstract object? Value(string place, int depth, bool keep);

    /// <summary>Counts an object, array or text that is about to be read.</summary>
    protected void Count(int depth, bool keep)
    {
        if (depth > MostDepth) throw new FormatException("it is nested too deep");
        if (keep && ++_values > MostValues) throw new FormatException($"it has more than {MostValues} values");
    }

    /// <summary>Reads the value of a key into an object's fields; null where the object is only passed over.</summary>
    protected void Member(ModelFields? fields, string key, string place, int depth)
    {
        var wanted = fields is not null && ModelFields.Known.Contains(key);
        var value = Value(wanted ? Join(place, key) : "", depth + 1, wanted);
        if (wanted && !fields!.TryAdd(key, value)) throw new FormatException($"'{key}' is given twice");
    }

    private static string Join(string place, string key) => place.Length == 0 ? key : $"{place}.{key}";

    /// <summary>An array's items as they come: numbers stay numbers until something else comes.</summary>
    protected sealed class Items
    {
        private List<double>? _numbers = [];
        private List<object?>? _others;

        public void Add(object? item)
        {
            if (item is bool truth) item = truth ? 1.0 : 0.0;
            if (_numbers is not null && item is double number)
            {
                _numbers.Add(number);
                return;
            }
            if (_others is null)
            {
                if (_numbers!.Count > 0) throw new FormatException("an array has numbers and other things");
                (_others, _numbers) = ([], null);
            }
            _others.Add(item);
        }

        public void Add(double number)
        {
            if (_numbers is null) throw new FormatException("an array has numbers and other things");
            _numbers.Add(number);
        }

        public object Done() => _others is not null ? _others : Numbers.Of([.. _numbers!]);
    }
}
