using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Experiments;

/// <summary>Choices that queries give as text: binding an enum from a query knows neither camelCase nor that numbers are no names.</summary>
internal static class QueryText
{
    /// <summary>A status; null for any.</summary>
    public static Result<RunStatus?> Status(string? text) => Read<RunStatus>("status", text);

    /// <summary>A view; those there, unless it says otherwise.</summary>
    public static Result<LifecycleView> View(string? text) => Read<LifecycleView>("view", text).Map(v => v ?? LifecycleView.Active);

    private static Result<T?> Read<T>(string field, string? text) where T : struct, Enum
    {
        if (string.IsNullOrEmpty(text)) return Result.Ok<T?>(null);
        var names = Enum.GetNames<T>();
        return names.Contains(text, StringComparer.OrdinalIgnoreCase) ? Result.Ok<T?>(Enum.Parse<T>(text, ignoreCase: true)) : Failure.Invalid(field, text, $"{string.Join(", ", names[..^1]).ToLowerInvariant()} or {names[^1].ToLowerInvariant()}");
    }
}
