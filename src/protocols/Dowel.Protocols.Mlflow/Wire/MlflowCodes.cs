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
    // Messages are read by people in a terminal, never by a browser as HTML.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
        [ErrorCodes.StorageFull] = ("RESOURCE_LIMIT_EXCEEDED", 507),
        [ErrorCodes.StorageLost] = ("DATA_LOSS", 410),
        [ErrorCodes.Fault] = ("INTERNAL_ERROR", 500),
    };

    public static Task WriteAsync(HttpContext context, Failure failure)
    {
        var (code, status) = Of(failure.Code);
        return WriteAsync(context, code, status, failure.Detail);
    }

    public static Task WriteAsync(HttpContext context, string code, int status, string message)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["error_code"] = code, ["message"] = message }, Readable);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    // A status that a route set by itself (405, 415) stays.
    private static (string Code, int Status) Of(ErrorCode code)
        => Known.TryGetValue(code, out var known) ? known
            : Known.FirstOrDefault(k => k.Key.Code == code.Code) is { Key: not null } same ? (same.Value.Code, code.Status)
            : ("INVALID_PARAMETER_VALUE", code.Status is 405 ? 405 : 400);
}
