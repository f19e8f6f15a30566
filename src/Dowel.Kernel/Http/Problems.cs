using System.Diagnostics;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Http;

/// <summary>Failures as problem details (RFC 9457), the error form of Dowel's own API.</summary>
public static class Problems
{
    /// <summary>The media type of problem details.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>The problem that says what <paramref name="failure"/> is.</summary>
    public static Problem From(Failure failure) => new()
    {
        Type = $"https://dowel.dev/errors#{failure.Code.Code}",
        Title = failure.Code.Title,
        Status = failure.Code.Status,
        Detail = failure.Detail,
        Code = failure.Code.Code,
        Remedy = (failure.Remedy ?? failure.Code.Remedy) is { Length: > 0 } remedy ? remedy : null,
        Fields = failure.Fields.Count > 0 ? failure.Fields : null,
        TraceId = Activity.Current?.TraceId.ToString(),
    };

    /// <summary>Answers with <paramref name="failure"/>, in the form of the route's protocol where it has its own (<see cref="ErrorForm"/>).</summary>
    public static Task WriteAsync(HttpContext context, Failure failure)
    {
        if (context.Response.HasStarted) return Task.CompletedTask;
        context.Response.StatusCode = failure.Code.Status;
        if (failure.Code == ErrorCodes.Unauthenticated && !context.Request.Headers.ContainsKey("X-Requested-With"))
            context.Response.Headers.WWWAuthenticate = "Bearer, Basic realm=\"Dowel\"";
        if (failure.Code == ErrorCodes.RateLimited && !context.Response.Headers.ContainsKey("Retry-After"))
            context.Response.Headers.RetryAfter = (failure.RetryAfterSeconds ?? 60).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (context.GetEndpoint()?.Metadata.GetMetadata<ErrorForm>() is { } form) return form.Write(context, failure);
        return context.Response.WriteAsJsonAsync(From(failure), DowelJson.Options, ContentType, context.RequestAborted);
    }
}
