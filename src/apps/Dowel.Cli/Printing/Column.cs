namespace Dowel.Cli;

/// <summary>A column of a printed table.</summary>
internal sealed record Column<T>(string Title, Func<T, object?> Value, bool Right = false);
