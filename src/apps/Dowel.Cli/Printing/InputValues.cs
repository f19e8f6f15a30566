using System.Globalization;

namespace Dowel.Cli;

/// <summary>Turns texts of the command line into values.</summary>
internal static class InputValues
{
    /// <summary>As whole numbers, numbers, booleans or texts: the narrowest that fits all of them.</summary>
    public static object[] Guess(IReadOnlyList<string> texts)
    {
        var type = TableFile.TypeOf(texts);
        return [.. texts.Select(t => TableFile.Value(t, type) ?? "")];
    }

    /// <summary>As a tensor's data type asks.</summary>
    public static Array Typed(string input, IReadOnlyList<string> texts, string? datatype)
    {
        try
        {
            return datatype switch
            {
                "BOOL" => texts.Select(Truth).ToArray(),
                "INT8" => texts.Select(t => sbyte.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
                "INT16" => texts.Select(t => short.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
                "INT32" => texts.Select(t => int.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
                "INT64" => texts.Select(t => long.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
                "UINT8" => texts.Select(t => byte.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
                "UINT16" => texts.Select(t => ushort.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
                "UINT32" => texts.Select(t => uint.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
                "UINT64" => texts.Select(t => ulong.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
                "FP16" or "FP32" => texts.Select(t => t.Length == 0 ? float.NaN : float.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
                "FP64" => texts.Select(t => t.Length == 0 ? double.NaN : double.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
                "BYTES" => texts.ToArray(),
                _ => Guess(texts),
            };
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw CliException.Usage($"--input {input}: '{string.Join(',', texts)}' is not of type {datatype}, which the endpoint takes.");
        }
    }

    private static bool Truth(string text) => text.ToLowerInvariant() switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new FormatException(),
    };
}
