namespace Dowel.Kernel.Relational;

/// <summary>How a text begins, for an index: an index entry of PostgreSQL cannot hold a long text.</summary>
public static class SortText
{
    /// <summary>Characters kept.</summary>
    public const int Length = 100;

    /// <summary>The beginning of <paramref name="value"/>, cut between characters: half of a surrogate pair is no text.</summary>
    public static string Of(string value) => value.Length <= Length ? value : value[..(char.IsHighSurrogate(value[Length - 1]) ? Length - 1 : Length)];
}
