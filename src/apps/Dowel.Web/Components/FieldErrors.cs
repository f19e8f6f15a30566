namespace Dowel.Web.Components;

/// <summary>What is wrong with the fields of a form, by the names that they have in the API.</summary>
public sealed class FieldErrors(IReadOnlyList<FieldError>? errors)
{
    /// <summary>Nothing is wrong.</summary>
    public static FieldErrors None { get; } = new(null);

    /// <summary>What is wrong with a field; null for nothing.</summary>
    public string? this[string field] => errors?.FirstOrDefault(e => string.Equals(e.Field, field, StringComparison.OrdinalIgnoreCase)) is { } error ? $"Expected: {error.Expected}" : null;

    /// <summary>Whether something is wrong with a field of these beginnings.</summary>
    public bool Any(params string[] beginnings) => errors?.Any(e => beginnings.Any(b => e.Field.StartsWith(b, StringComparison.OrdinalIgnoreCase))) == true;
}
