using System.Text.Json.Serialization;

namespace Dowel.Contracts;

/// <summary>One wrong field of a request.</summary>
/// <param name="Field">Its path in the request, such as <c>features[2].type</c>.</param>
/// <param name="Given">What was given, shortened.</param>
/// <param name="Expected">What would do.</param>
public sealed record FieldError(string Field, string? Given, string Expected)
{
    /// <summary>Where in what was given it went wrong, in characters from 0; null where that says nothing.</summary>
    public int? Position { get; init; }
}

/// <summary>The body of every failed answer of the native API: problem details (RFC 9457) with Dowel's code, the wrong fields and the remedy.</summary>
public sealed record Problem
{
    /// <summary>A URI that names the kind of problem: the anchor of its code in the documentation.</summary>
    public string Type { get; init; } = "about:blank";
    /// <summary>The cause in one short sentence.</summary>
    public string Title { get; init; } = "";
    /// <summary>The HTTP status.</summary>
    public int Status { get; init; }
    /// <summary>What happened here, naming the thing concerned.</summary>
    public string? Detail { get; init; }
    /// <summary>The stable code, see <see cref="ErrorCodes"/>.</summary>
    public string Code { get; init; } = "";
    /// <summary>What the client should do.</summary>
    public string? Remedy { get; init; }
    /// <summary>The wrong fields, where there are any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FieldError>? Fields { get; init; }
    /// <summary>The trace to look for in the server's log.</summary>
    public string? TraceId { get; init; }
}
