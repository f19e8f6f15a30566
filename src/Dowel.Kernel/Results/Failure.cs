using Dowel.Contracts;

namespace Dowel.Kernel.Results;

/// <summary>An expected failure: a code of the catalogue, what happened here, and the wrong fields.</summary>
/// <param name="Code">The code, from <see cref="ErrorCodes"/>.</param>
/// <param name="Detail">What happened, naming the thing concerned; shown to the user as it is.</param>
/// <param name="Fields">The wrong fields, or empty.</param>
public sealed record Failure(ErrorCode Code, string Detail, params IReadOnlyList<FieldError> Fields)
{
    /// <summary>What the client should do, where the code's own advice does not fit.</summary>
    public string? Remedy { get; init; }

    /// <summary>Seconds after which it may go better, for the Retry-After header; null where nothing is known.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>A request with one wrong field.</summary>
    /// <param name="field">Its path in the request.</param>
    /// <param name="given">What was given; shortened to 200 characters.</param>
    /// <param name="expected">What would do.</param>
    public static Failure Invalid(string field, object? given, string expected)
    {
        var text = Convert.ToString(given, System.Globalization.CultureInfo.InvariantCulture);
        if (text is { Length: > 200 }) text = text[..200] + "…";
        return new(ErrorCodes.Invalid, $"'{field}' is not valid: given {(text is null ? "nothing" : $"'{text}'")}, expected {expected}.", new FieldError(field, text, expected));
    }

    /// <summary>Something that does not exist.</summary>
    /// <param name="what">The kind of thing, such as <c>dataset</c>.</param>
    /// <param name="reference">The name or id that was asked for.</param>
    public static Failure NotFound(string what, string reference) => new(ErrorCodes.NotFound, $"There is no {what} '{reference}'.");
}

/// <summary>Carries a <see cref="Failure"/> out of a database transaction, so that it rolls back. Caught by <c>IDb.WriteAsync</c>; never leaves a service.</summary>
public sealed class FailureException(Failure failure) : Exception(failure.Detail)
{
    /// <summary>The failure.</summary>
    public Failure Failure { get; } = failure;
}
