namespace Dowel.Web.Components;

/// <summary>Code to copy.</summary>
/// <param name="Title">What it is in, such as <c>curl</c>.</param>
/// <param name="Code">The code.</param>
public sealed record Snippet(string Title, string Code);
