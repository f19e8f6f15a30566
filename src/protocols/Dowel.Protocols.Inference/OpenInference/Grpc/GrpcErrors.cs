using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.OpenInference.Grpc;

/// <summary>Failures as gRPC statuses.</summary>
internal static class GrpcErrors
{
    private static readonly Dictionary<string, StatusCode> Known = new()
    {
        [ErrorCodes.Invalid.Code] = StatusCode.InvalidArgument,
        [ErrorCodes.Malformed.Code] = StatusCode.InvalidArgument,
        [ErrorCodes.Unauthenticated.Code] = StatusCode.Unauthenticated,
        [ErrorCodes.Forbidden.Code] = StatusCode.PermissionDenied,
        [ErrorCodes.CrossSite.Code] = StatusCode.PermissionDenied,
        [ErrorCodes.NotFound.Code] = StatusCode.NotFound,
        [ErrorCodes.RoomOff.Code] = StatusCode.NotFound,
        [ErrorCodes.Exists.Code] = StatusCode.AlreadyExists,
        [ErrorCodes.Ambiguous.Code] = StatusCode.InvalidArgument,
        [ErrorCodes.Conflict.Code] = StatusCode.FailedPrecondition,
        [ErrorCodes.Stale.Code] = StatusCode.Aborted,
        [ErrorCodes.TooLarge.Code] = StatusCode.ResourceExhausted,
        [ErrorCodes.RateLimited.Code] = StatusCode.ResourceExhausted,
        [ErrorCodes.StorageFull.Code] = StatusCode.ResourceExhausted,
        [ErrorCodes.StorageLost.Code] = StatusCode.DataLoss,
        [ErrorCodes.FeaturesMissing.Code] = StatusCode.FailedPrecondition,
        [ErrorCodes.NotReady.Code] = StatusCode.Unavailable,
    };

    /// <summary>The status of a failure.</summary>
    public static Status Of(Failure failure) => new(CodeOf(failure.Code), failure.Detail);

    /// <summary>Answers a call that was refused before it came to its handler: the status alone, as the protocol's trailers.</summary>
    public static Task WriteAsync(HttpContext context, Failure failure)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)CodeOf(failure.Code)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Escape(failure.Detail);
        return Task.CompletedTask;
    }

    private static StatusCode CodeOf(ErrorCode code) => Known.TryGetValue(code.Code, out var known) ? known : code.Status switch
    {
        504 => StatusCode.DeadlineExceeded,
        503 => StatusCode.Unavailable,
        >= 500 => StatusCode.Internal,
        _ => StatusCode.FailedPrecondition,
    };

    // A header holds ASCII alone; gRPC writes other bytes as %XX.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var b in Encoding.UTF8.GetBytes(text))
            if (b is >= 0x20 and <= 0x7E and not (byte)'%') escaped.Append((char)b);
            else escaped.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        return escaped.ToString();
    }
}
