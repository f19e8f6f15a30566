using Microsoft.AspNetCore.Components.Server.Circuits;

namespace Dowel.Web.Session;

/// <summary>Makes the session exist while the request of the circuit's connection is still at hand: handlers are made with the circuit, components later.</summary>
internal sealed class SessionCircuitHandler : CircuitHandler
{
    public SessionCircuitHandler(PageSession session) => ArgumentNullException.ThrowIfNull(session);
}
