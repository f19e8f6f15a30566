namespace Dowel.Kernel.Lineage;

/// <summary>How requests refer to data that something was made from: <c>dataset:titanic@1</c>, <c>features:passenger_features@3</c>.</summary>
public static class DataReference
{
    /// <summary>What such a reference looks like, for messages.</summary>
    public const string Expected = "'dataset:' or 'features:' with a name, project.name or id, and an optional '@' with a version";

    /// <summary>Whether a text is one. It does not say whether the data exists.</summary>
    /// <param name="reference">The text.</param>
    public static bool IsValid(string? reference)
    {
        if (reference is null || reference.Length > 400 || reference.Any(char.IsControl)) return false;
        var parts = reference.Split(':', 2);
        if (parts.Length != 2 || parts[0] is not ("dataset" or "features")) return false;
        // The lineage keeps versions of up to 64 characters.
        var at = parts[1].LastIndexOf('@');
        return at < 0 ? parts[1].Length > 0 : at > 0 && parts[1].Length - at - 1 is > 0 and <= 64;
    }
}
