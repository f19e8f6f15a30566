namespace Dowel.Web.Components;

/// <summary>One more column of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Title">Its title.</param>
/// <param name="Cell">What stands in it.</param>
/// <param name="Numeric">Whether it holds numbers.</param>
public sealed record ListColumn<T>(string Title, RenderFragment<T> Cell, bool Numeric = false);
