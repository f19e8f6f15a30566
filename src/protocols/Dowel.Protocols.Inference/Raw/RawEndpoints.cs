using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;
using Dowel.Serving.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Yarp.ReverseProxy.Forwarder;

namespace Dowel.Protocols.Inference.Raw;

/// <summary>
/// <c>/raw/ENDPOINT/…</c>: requests of any kind, handed on as they are to the endpoint's container or server elsewhere, with the caller's right to use the endpoint checked
/// and the call in the log. Streams go both ways, and websockets do.
/// </summary>
internal static class RawEndpoints
{
    private static readonly ForwarderRequestConfig Config = new() { ActivityTimeout = TimeSpan.FromMinutes(10), Version = System.Net.HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };

    public static void MapRaw(this IEndpointRouteBuilder endpoints)
        => endpoints.Map("/raw/{endpoint}/{**path}", ForwardAsync).Allow(AccessRule.CheckedInside("use of the endpoint")).ExcludeFromDescription();

    private static async Task ForwardAsync(HttpContext context)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        var services = context.RequestServices;
        var name = (string)context.GetRouteValue("endpoint")!;
        var opened = await services.GetRequiredService<IGateway>().OpenAsync(context.Actor(), name, null, Permission.Use, context.RequestAborted);
        if (!opened.TryGet(out var handle, out var failure))
        {
            await FailAsync(context, failure);
            return;
        }
        var forwarder = services.GetRequiredService<IHttpForwarder>();
        // A stream has no size that is known before.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        // What may last, such as a websocket, ends with the server.
        using var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(context.Abort);
        Failure? late = null;
        var refused = await services.GetRequiredService<IForwardGateway>().ForwardAsync(handle, new InferenceRequest(context.Actor(), "raw", [], startedAt), async (model, timeout, began) =>
        {
            using var patience = new Patience(context, timeout);
            var error = await forwarder.SendAsync(context, model.Address.ToString(), model.Client, Config, new RawTransformer(name, Began), patience.Token);
            if (patience.IsOver)
            {
                late = new Failure(ErrorCodes.ModelFailed with { Status = StatusCodes.Status504GatewayTimeout }, $"The model server did not begin to answer within {timeout.TotalSeconds:0.###} s.");
                return late.Code.Status;
            }
            return error is ForwarderError.RequestCanceled or ForwarderError.ResponseBodyCanceled or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled ? 499
                : error is ForwarderError.None || context.Response.StatusCode >= 400 ? context.Response.StatusCode : 502;

            void Began(int status)
            {
                patience.Answered();
                began(status);
            }
        });
        if ((refused ?? late) is { } failed) await FailAsync(context, failed);
        // The forwarder leaves the body of its own errors empty.
        else if (context.Features.Get<IForwarderErrorFeature>() is not null && !context.Response.HasStarted) await FailAsync(context, new Failure(ErrorCodes.NotReady with { Status = context.Response.StatusCode }, "The model server could not be reached or broke off."));
    }

    private static Task FailAsync(HttpContext context, Failure failure)
    {
        if (failure.RetryAfterSeconds is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Kernel.Http.Problems.WriteAsync(context, failure);
    }
}
