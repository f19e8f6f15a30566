using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Dowel.Kernel.Http;

/// <summary>Turns what a handler could not answer into problem details: bad bodies to 400, faults to 500 with the trace id and nothing of the inside.</summary>
internal sealed partial class FaultMiddleware(RequestDelegate next, ILogger<FaultMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            // Routing and binding set a bare status; clients get a body with it.
            if (context.Response is { HasStarted: false, StatusCode: 400 or 404 or 405 or 413 or 415, ContentLength: null or 0 } && context.Request.Path.StartsWithSegments("/api"))
                await Problems.WriteAsync(context, context.Response.StatusCode switch
                {
                    400 => new Failure(ErrorCodes.Malformed, "A value in the path, the query or the body is not of its documented type."),
                    405 => new Failure(ErrorCodes.Invalid with { Status = 405 }, $"{context.Request.Method} is not possible on {context.Request.Path}."),
                    413 => new Failure(ErrorCodes.TooLarge, "The body is larger than this route accepts."),
                    415 => new Failure(ErrorCodes.Malformed with { Status = 415 }, $"The content type '{context.Request.ContentType}' is not accepted here."),
                    _ => new Failure(ErrorCodes.NotFound, $"There is no {context.Request.Path}."),
                });
        }
        catch (FailureException e)
        {
            await Problems.WriteAsync(context, e.Failure);
        }
        catch (BadHttpRequestException e)
        {
            var failure = e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new Failure(ErrorCodes.TooLarge, e.Message)
                : e.InnerException is JsonException { Path: null or "$" or "" } broken
                    ? new Failure(ErrorCodes.Malformed, $"The body is not the JSON that is expected here, at line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}.")
                : e.InnerException is JsonException { Path: { } unknown } unmapped && unmapped.Message.Contains("could not be mapped to any", StringComparison.Ordinal)
                    ? new Failure(ErrorCodes.Malformed, $"There is no field '{unknown.TrimStart('$', '.')}' here (line {unmapped.LineNumber + 1}).", new FieldError(unknown.TrimStart('$', '.'), null, "a field that is documented"))
                : e.InnerException is JsonException { Path: { } path } json
                    ? new Failure(ErrorCodes.Malformed, $"The JSON body is wrong at '{path}' (line {json.LineNumber + 1}).", new FieldError(path.TrimStart('$', '.'), null, "a value of the documented type"))
                    : new Failure(ErrorCodes.Malformed with { Status = e.StatusCode }, e.Message);
            await Problems.WriteAsync(context, failure);
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException && HasUnknownCharset(context.Request.ContentType))
        {
            await Problems.WriteAsync(context, new Failure(ErrorCodes.Malformed with { Status = 415 }, $"The content type '{context.Request.ContentType}' names an encoding that is not read here."));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = 499;
        }
        catch (Exception e)
        {
            LogFault(e, context.Request.Method, context.Request.Path);
            if (context.Response.HasStarted) throw;
            await Problems.WriteAsync(context, e is ObjectMissingException ? new Failure(ErrorCodes.StorageLost, e.Message)
                : IsDiskFull(e) ? new Failure(ErrorCodes.StorageFull, "The server's disk is full; nothing was kept of this request.")
                : new Failure(ErrorCodes.Fault, "Something went wrong in the server; it was logged."));
        }
    }

    private static bool HasUnknownCharset(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || type.Charset.Length == 0) return false;
        try
        {
            return type.Encoding is null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // UTF-7 is known, and switched off.
            return true;
        }
    }

    // .NET and DuckDB say it in the words of the operating system.
    private static bool IsDiskFull(Exception e)
        => SqlErrors.IsFull(e) || e.Message.Contains("No space left on device", StringComparison.Ordinal) || (e.InnerException is { } inner && IsDiskFull(inner));

    [LoggerMessage(1000, LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogFault(Exception e, string method, string path);
}
