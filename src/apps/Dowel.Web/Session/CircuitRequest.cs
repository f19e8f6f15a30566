using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;

namespace Dowel.Web.Session;

/// <summary>
/// The request of the connection by which a circuit is opened. IHttpContextAccessor knows it on websockets alone;
/// where a proxy lets none through and the circuit falls back to long polling, only the hub does.
/// </summary>
internal sealed class CircuitRequest : IHubFilter
{
    private static readonly AsyncLocal<HttpContext?> current = new();

    public static HttpContext? Current => current.Value;

    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        current.Value = invocationContext.Context.GetHttpContext();
        return await next(invocationContext);
    }
}
