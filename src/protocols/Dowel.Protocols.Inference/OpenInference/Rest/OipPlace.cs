namespace Dowel.Protocols.Inference.OpenInference.Rest;

/// <summary>Where a tensor stands in a body, such as <c>inputs[0]</c>; written into messages without a text of its own.</summary>
internal readonly record struct OipPlace(string List, int Index) : ISpanFormattable
{
    public override string ToString() => $"{List}[{Index}]";

    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) => destination.TryWrite($"{List}[{Index}]", out charsWritten);
}
