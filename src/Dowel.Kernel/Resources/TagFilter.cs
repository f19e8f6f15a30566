namespace Dowel.Kernel.Resources;

/// <summary>Which things of a list, by a tag with a short value.</summary>
/// <param name="Name">The tag.</param>
/// <param name="Value">Its value.</param>
/// <param name="Has">Those that have it, or those that do not.</param>
public sealed record TagFilter(string Name, string Value, bool Has);
