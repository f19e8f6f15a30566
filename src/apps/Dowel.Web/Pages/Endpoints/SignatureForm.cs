using System.Globalization;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>One field of the form: what the signature says of it, and what was typed.</summary>
internal sealed class SignatureField(TensorSpec spec, object?[]? example)
{
    public TensorSpec Spec { get; } = spec;

    /// <summary>The first row of the example; null where there is none.</summary>
    public object?[]? Example { get; } = example;

    public string Text { get; set; } = example is null ? "" : string.Join(", ", example.Select(v => Formats.Cell(v) ?? ""));

    /// <summary>How many values one row has.</summary>
    public long Width { get; } = spec.Shape.Skip(1).Aggregate(1L, (product, size) => product * Math.Max(1, size));

    /// <summary>The shape of one row.</summary>
    public IReadOnlyList<long> RowShape { get; } = [1, .. spec.Shape.Skip(1).Select(size => Math.Max(1, size))];

    public bool IsNumber => Spec.Datatype.StartsWith("FP", StringComparison.Ordinal) || IsWhole;

    public bool IsWhole => Spec.Datatype.Contains("INT", StringComparison.Ordinal);
}

/// <summary>A form for one row of an endpoint's inputs, built from its signature and filled with its example.</summary>
internal sealed class SignatureForm
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    private SignatureForm(IReadOnlyList<SignatureField> fields) => Fields = fields;

    public IReadOnlyList<SignatureField> Fields { get; }

    public static SignatureForm Of(Endpoint endpoint)
    {
        var example = endpoint.InputExample ?? new Dictionary<string, object?[]>();
        // Without a signature the example says at least what has been sent before.
        var specs = endpoint.Signature?.Inputs ?? [.. example.Select(e => new TensorSpec { Name = e.Key, Datatype = Guess(e.Value) })];
        return new SignatureForm([.. specs.Select(spec =>
        {
            var width = (int)Math.Min(int.MaxValue, spec.Shape.Skip(1).Aggregate(1L, (product, size) => product * Math.Max(1, size)));
            return new SignatureField(spec, example.TryGetValue(spec.Name, out var values) && values.Length > 0 ? Flat(values, width) : null);
        })]);
    }

    /// <summary>The inputs as typed; says which field is wrong.</summary>
    public bool TryRead(out Dictionary<string, Array> inputs, out IReadOnlyList<FieldError> wrong)
    {
        inputs = [];
        var errors = new List<FieldError>();
        foreach (var field in Fields)
        {
            if (field.Text.Trim().Length == 0 && field.Spec.Optional) continue;
            if (Values(field, errors) is { } values) inputs[field.Spec.Name] = values;
        }
        wrong = errors;
        return errors.Count == 0;
    }

    private static Array? Values(SignatureField field, List<FieldError> errors)
    {
        var texts = field.Width == 1 ? [field.Text] : field.Text.Split(',', StringSplitOptions.TrimEntries);
        if (texts.Length != field.Width)
        {
            errors.Add(new FieldError(field.Spec.Name, field.Text, $"{field.Width} values with commas between them"));
            return null;
        }
        var type = TypeOf(field.Spec.Datatype);
        var values = Array.CreateInstance(type, [.. field.RowShape]);
        var index = new int[values.Rank];
        foreach (var text in texts)
        {
            if (!TryParse(text.Trim(), type, field.Width == 1 ? text : text.Trim(), out var value))
            {
                errors.Add(new FieldError(field.Spec.Name, text, Expected(field.Spec.Datatype)));
                return null;
            }
            values.SetValue(value, index);
            Advance(index, values);
        }
        return values;
    }

    private static void Advance(int[] index, Array values)
    {
        for (var d = index.Length - 1; d >= 0; d--)
        {
            if (++index[d] < values.GetLength(d)) return;
            index[d] = 0;
        }
    }

    private static bool TryParse(string text, Type type, string raw, out object? value)
    {
        value = null;
        if (type == typeof(string)) value = raw;
        else if (type == typeof(bool)) value = text.ToLowerInvariant() switch { "true" or "1" or "yes" => true, "false" or "0" or "no" => false, _ => null };
        else if (type == typeof(double) || type == typeof(float))
        {
            // Nothing typed is a missing value, which a float can say.
            if (text.Length == 0) value = type == typeof(double) ? double.NaN : (object)float.NaN;
            else if (double.TryParse(text, NumberStyles.Float, Culture, out var number)) value = type == typeof(double) ? number : (object)(float)number;
        }
        else if (decimal.TryParse(text, NumberStyles.Float, Culture, out var number) && decimal.Truncate(number) == number)
        {
            try
            {
                value = Convert.ChangeType(number, type, Culture);
            }
            catch (OverflowException)
            {
                return false;
            }
        }
        return value is not null;
    }

    private static Type TypeOf(string datatype) => datatype switch
    {
        "BOOL" => typeof(bool),
        "INT8" => typeof(sbyte),
        "INT16" => typeof(short),
        "INT32" => typeof(int),
        "INT64" => typeof(long),
        "UINT8" => typeof(byte),
        "UINT16" => typeof(ushort),
        "UINT32" => typeof(uint),
        "UINT64" => typeof(ulong),
        "FP16" or "FP32" => typeof(float),
        "FP64" => typeof(double),
        _ => typeof(string),
    };

    private static string Expected(string datatype) => datatype switch
    {
        "BOOL" => "true or false",
        "FP16" or "FP32" or "FP64" => "a number",
        _ when datatype.StartsWith('U') => $"a whole number from 0 ({datatype})",
        _ => $"a whole number ({datatype})",
    };

    private static object?[] Flat(object?[] values, int width)
    {
        // An example may nest rows or hold them one after the other.
        var flat = values[0] is object?[] ? [.. values.Take(1).SelectMany(Flatten)] : values;
        return [.. flat.Take(width)];
    }

    private static IEnumerable<object?> Flatten(object? value) => value is object?[] items ? items.SelectMany(Flatten) : [value];

    private static string Guess(object?[] values) => values.FirstOrDefault(v => v is not null) switch { bool => "BOOL", long => "INT64", double => "FP64", _ => "BYTES" };
}
