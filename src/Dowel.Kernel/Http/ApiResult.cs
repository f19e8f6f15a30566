using System.Reflection;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace Dowel.Kernel.Http;

/// <summary>What an endpoint answers: the value as JSON (with its revision as ETag), 204 for <see cref="Unit"/>, or problem details.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public sealed class ApiResult<T>(Result<T> result) : IResult, IEndpointMetadataProvider
{
    /// <summary>Answers a result.</summary>
    public static implicit operator ApiResult<T>(Result<T> result) => new(result);

    /// <summary>Answers a value.</summary>
    public static implicit operator ApiResult<T>(T value) => new(value);

    /// <summary>Answers a failure.</summary>
    public static implicit operator ApiResult<T>(Failure failure) => new(failure);

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (!result.TryGet(out var value, out var failure)) return Problems.WriteAsync(httpContext, failure);
        if (value is Unit)
        {
            httpContext.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }
        if (value is ResourceInfo resource) httpContext.Response.Headers[HeaderNames.ETag] = $"\"{resource.Revision}\"";
        return httpContext.Response.WriteAsJsonAsync(value, DowelJson.Options, httpContext.RequestAborted);
    }

    /// <inheritdoc/>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        builder.Metadata.Add(typeof(T) == typeof(Unit)
            ? new ProducesResponseTypeMetadata(StatusCodes.Status204NoContent)
            : new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(T), ["application/json"]));
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status400BadRequest, typeof(Problem), [Problems.ContentType]));
    }
}

/// <summary>The revision that a client expects to change (<c>If-Match: "3"</c>); bound from the request.</summary>
/// <param name="Revision">The revision, or null where the client did not say.</param>
public readonly record struct IfMatch(long? Revision)
{
    /// <summary>Binds it.</summary>
    public static ValueTask<IfMatch> BindAsync(HttpContext context)
    {
        var text = context.Request.Headers.IfMatch.ToString().Trim().Trim('"');
        // A tag of another form cannot be one of ours, so nothing can match it.
        return ValueTask.FromResult(new IfMatch(text is "" or "*" ? null : long.TryParse(text, out var n) ? n : -1));
    }
}
