using System.Net;
using Dowel.Kernel.Access;
using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Identity;

/// <summary>Remote addresses as text.</summary>
internal static class Remotes
{
    public static string Text(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        _ => address.ToString(),
    };

    public static string Remote(this HttpContext context) => Text(context.Connection.RemoteIpAddress);
}

/// <summary>An actor as seen from the address that asked last: most callers stay where they are, so their actor is made once.</summary>
internal sealed class ActorAtRemote(Actor actor)
{
    private Pair _last = new(null, actor);

    public Actor For(IPAddress? remote)
    {
        var last = Volatile.Read(ref _last);
        if (Equals(last.Remote, remote)) return last.Actor;
        var made = new Pair(remote, actor with { Remote = Remotes.Text(remote) });
        Volatile.Write(ref _last, made);
        return made.Actor;
    }

    private sealed record Pair(IPAddress? Remote, Actor Actor);
}
