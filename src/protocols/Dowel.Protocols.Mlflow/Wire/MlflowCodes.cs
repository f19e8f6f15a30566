using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Mlflow.Wire;

/// <summary>
/// Failures in MLflow's form, <c>{"error_code": …, "message": …}</c>, with the statuses of mlflow/exceptions.py. Its client tries again on 429 and 5xx and on nothing else,
/// so what a repetition cannot mend is a 4xx.
/// </summary>
internal static class MlflowCodes
{
    private static readonly Dictionary<ErrorCode, (string Code, int Status)> Known = new()
    {
        [ErrorCodes.Malformed] = ("BAD_REQUEST", 400),
        [ErrorCodes.Unauthenticated] = ("UNAUTHENTICATED", 401),
        [ErrorCodes.Forbidden] = ("PERMISSION_DENIED", 403),
        [ErrorCodes.CrossSite] = ("PERMISSION_DENIED", 403),
        [ErrorCodes.NotFound] = ("RESOURCE_DOES_NOT_EXIST", 404),
        [ErrorCodes.RoomOff] = ("ENDPOINT_NOT_FOUND", 404),
        [ErrorCodes.Exists] = ("RESOURCE_ALREADY_EXISTS", 400),
        [ErrorCodes.Stale] = ("ABORTED", 409),
        [ErrorCodes.TooLarge] = ("INVALID_PARAMETER_VALUE", 413),
        [ErrorCodes.RateLimited] = ("REQUEST_LIMIT_EXCEEDED", 429),
        [ErrorCodes.NotReady] = ("TEMPORARILY_UNAVAILABLE", 503),
        [ErrorCodes.Fault] = ("INTERNAL_ERROR", 500),
    };

    public static Task WriteAsync(HttpContext context, Failure failure)
    {
        var (code, status) = Of(failure.Code);
        return WriteAsync(context, code, status, failure.Detail);
    }

    public static async Task WriteAsync(HttpContext context, string code, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("error_code", code);
        json.WriteString("message", message);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
        // Sent, so that nobody takes it for an answer without a body and writes another behind it.
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    // A status that a route set by itself (405, 415) stays.
    private static (string Code, int Status) Of(ErrorCode code)
        => Known.TryGetValue(code, out var known) ? known
            : Known.FirstOrDefault(k => k.Key.Code == code.Code) is { Key: not null } same ? (same.Value.Code, code.Status)
            : ("INVALID_PARAMETER_VALUE", code.Status is 405 ? 405 : 400);
}
