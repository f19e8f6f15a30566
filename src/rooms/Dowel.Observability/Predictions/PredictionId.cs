using System.Diagnostics.CodeAnalysis;

namespace Dowel.Observability.Predictions;

/// <summary>Ids on the wire: <c>pred_</c> and the 32 hexadecimal digits of the Guid.</summary>
internal static class PredictionId
{
    private const string Prefix = "pred_";

    public static string Of(Guid id) => $"{Prefix}{id:n}";

    public static string OfHex(string hex) => Prefix + hex;

    public static bool TryParse([NotNullWhen(true)] string? text, out Guid id)
    {
        id = default;
        return text is { Length: 37 } && text.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParseExact(text.AsSpan(Prefix.Length), "n", out id);
    }
}
