using System.Globalization;
using Dowel.Features.Views;

namespace Dowel.Features.Push;

/// <summary>One value: the bits of a boolean, int64 or float64, or a text, or missing.</summary>
/// <param name="Bits">The value's bits.</param>
/// <param name="Text">The text, of text.</param>
/// <param name="IsMissing">Whether there is no value.</param>
internal readonly record struct Cell(long Bits, string? Text, bool IsMissing)
{
    /// <summary>The longest text, in characters.</summary>
    public const int MaxText = 1 << 20;
    private const double MaxExact = 9007199254740992; // 2^53

    public static readonly Cell Missing = new(0, null, true);
    public static Cell Of(bool value) => new(value ? 1 : 0, null, false);
    public static Cell Of(long value) => new(value, null, false);
    public static Cell Of(double value) => new(BitConverter.DoubleToInt64Bits(value), null, false);
    public static Cell Of(string value) => new(0, value, false);

    /// <summary>The value as an object.</summary>
    public object? ToObject(FeatureType type) => IsMissing ? null : type switch
    {
        FeatureType.Boolean => Bits != 0,
        FeatureType.Int64 => Bits,
        FeatureType.Float64 => BitConverter.Int64BitsToDouble(Bits),
        _ => Text,
    };

    /// <summary>A value of JSON. Only casts that keep the value are made: 3.0 is an int64, 3.5 is none, "3" is text.</summary>
    public static bool TryFromJson(FeatureType type, object? value, out Cell cell)
    {
        cell = Missing;
        if (value is null) return true;
        switch (type)
        {
            case FeatureType.Boolean when value is bool truth:
                cell = Of(truth);
                return true;
            case FeatureType.Boolean when value is 0L or 1L:
                cell = Of((long)value);
                return true;
            case FeatureType.Int64 when value is long whole:
                cell = Of(whole);
                return true;
            case FeatureType.Int64 when value is double number && IsWhole(number):
                cell = Of((long)number);
                return true;
            case FeatureType.Float64 when value is double number:
                cell = Of(number);
                return true;
            case FeatureType.Float64 when value is long whole && IsExact(whole):
                cell = Of((double)whole);
                return true;
            case FeatureType.Float64 when value is "NaN" or "Infinity" or "-Infinity":
                cell = Of(double.Parse((string)value, CultureInfo.InvariantCulture));
                return true;
            case FeatureType.Text when value is string text && IsText(text):
                cell = Of(text);
                return true;
            default: return false;
        }
    }

    /// <summary>A field of CSV, in which everything is text. An empty field is missing; a quoted empty one is the empty text.</summary>
    public static bool TryFromCsv(FeatureType type, ReadOnlySpan<char> field, bool quoted, out Cell cell)
    {
        cell = Missing;
        if (type == FeatureType.Text)
        {
            if (field.IsEmpty && !quoted) return true;
            if (field.Length > MaxText) return false;
            cell = Of(new string(field));
            return true;
        }
        field = field.Trim();
        if (field.IsEmpty) return true;
        double number;
        switch (type)
        {
            case FeatureType.Boolean:
                if (Is(field, "true") || field is "1") cell = Of(true);
                else if (Is(field, "false") || field is "0") cell = Of(false);
                else return false;
                return true;
            case FeatureType.Int64:
                if (long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) cell = Of(whole);
                // pandas writes whole numbers as 3.0 where others in the column are missing.
                else if (double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && IsWhole(number)) cell = Of((long)number);
                else return false;
                return true;
            default:
                if (double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out number)) cell = Of(number);
                else if (Is(field, "inf") || Is(field, "+inf") || Is(field, "infinity")) cell = Of(double.PositiveInfinity);
                else if (Is(field, "-inf") || Is(field, "-infinity")) cell = Of(double.NegativeInfinity);
                else if (Is(field, "nan")) cell = Of(double.NaN);
                else return false;
                return true;
        }
    }

    private static bool Is(ReadOnlySpan<char> field, string word) => field.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static bool IsText(string text) => text.Length <= MaxText && !text.Contains('\0');

    private static bool IsWhole(double number) => Math.Abs(number) <= MaxExact && Math.Truncate(number) == number;

    private static bool IsExact(long whole) => (double)whole is < 9.2e18 and > -9.2e18 && (long)(double)whole == whole;
}
