using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.OpenInference.Grpc;

/// <summary>
/// Tells messages that could not be read from faults: gRPC reads a message before it calls the handler and answers UNKNOWN or INTERNAL where that fails,
/// which says that the server is to blame.
/// </summary>
internal static class GrpcMessages
{
    private static readonly object Read = new();

    /// <summary>Notes that the call came to its handler.</summary>
    public static void MarkRead(HttpContext context) => context.Items[Read] = true;

    /// <summary>Answers INVALID_ARGUMENT for a call that never came to its handler.</summary>
    public static RequestDelegate Blame(RequestDelegate call) => async context =>
    {
        await call(context);
        var headers = context.Response.Headers;
        if (context.Response.HasStarted || context.Items.ContainsKey(Read) || headers["grpc-status"].ToString() is not ("2" or "13")) return;
        headers["grpc-status"] = "3";
        headers["grpc-message"] = "The message could not be read.";
    };
}
