using System.Net;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Http;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Identity;

/// <summary>A server for one person on one machine: no sign-in, everything is done as <c>owner</c>. Loopback only.</summary>
internal sealed class SingleUser(IDb db, Accounts accounts, IOptions<DowelOptions> options, IConfiguration configuration)
{
    public const string Name = "owner";
    private ActorAtRemote? _owner;

    /// <summary>Refuses addresses that others could reach, and makes the owner if they are missing.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        foreach (var (key, address) in ConfiguredAddresses())
            if (!IsLoopbackAddress(address))
                throw new InvalidOperationException($"A single-user server has no sign-in, so it listens on loopback addresses only; '{key}' says '{address}'. Use http://127.0.0.1:5080, or run without single-user mode.");
        var owner = await db.WriteAsync<UserRow>(async s =>
        {
            var row = await s.FirstAsync<UserRow>("SELECT * FROM kernel_users WHERE name = @name", new { name = Name });
            if (row is null) return await accounts.CreateAsync(s, Actor.System, new UserRow { Name = Name, DisplayName = "Owner", IsAdmin = true });
            if (row.Disabled || !row.IsAdmin) await s.ExecuteAsync("UPDATE kernel_users SET is_admin = @yes, disabled = @no WHERE id = @id", new { id = row.Id, yes = true, no = false });
            row.IsAdmin = true;
            return row;
        }, cancellationToken);
        _owner = new ActorAtRemote(owner.Value.ToActor(""));
    }

    /// <summary>The last word on where it listens, once that is known.</summary>
    public static void CheckBound(IServer server)
    {
        foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
            if (!IsLoopbackAddress(address))
                throw new InvalidOperationException($"A single-user server has no sign-in, so it listens on loopback addresses only, not on '{address}'.");
    }

    public Actor ActorFor(IPAddress? remote) => (_owner ?? throw new InvalidOperationException("PrepareIdentityAsync has not run.")).For(remote);

    private IEnumerable<(string Key, string Address)> ConfiguredAddresses()
    {
        foreach (var url in Split(options.Value.Urls)) yield return ("Dowel:Urls", url);
        foreach (var url in Split(configuration["urls"])) yield return ("urls", url);
        foreach (var key in new[] { "http_ports", "https_ports" })
            foreach (var port in configuration["urls"] is { Length: > 0 } ? [] : Split(configuration[key])) yield return (key, $"http://*:{port}");
        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
            if (endpoint["Url"] is { Length: > 0 } url) yield return ($"{endpoint.Path}:Url", url);
    }

    private static string[] Split(string? text) => text?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    internal static bool IsLoopbackAddress(string address)
    {
        var start = address.IndexOf("://", StringComparison.Ordinal);
        if (start < 0) return false;
        var authority = address[(start + 3)..];
        if (authority.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) || authority.StartsWith("pipe:", StringComparison.OrdinalIgnoreCase)) return true;
        var host = new HostString(authority.Split('/')[0]).Host;
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }
}

/// <summary>
/// Makes every request of a single-user server the owner's, after making sure that it comes from this machine and from no other site:
/// a page that rebinds its name to 127.0.0.1 still sends its own Host, and one that calls across sites its own Origin.
/// </summary>
internal sealed class SingleUserMiddleware(RequestDelegate next, SingleUser singleUser)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (Refuse(context) is { } why) return Problems.WriteAsync(context, new Failure(ErrorCodes.CrossSite, why));
        var actor = singleUser.ActorFor(context.Connection.RemoteIpAddress);
        context.Features.Set(actor);
        if (Principals.IsWanted(context)) context.User = Principals.Of(actor);
        return next(context);
    }

    private static string? Refuse(HttpContext context)
    {
        if (context.Connection is { LocalIpAddress: { } local } && !IPAddress.IsLoopback(local)) return "A single-user server answers on loopback addresses only.";
        var host = context.Request.Host;
        if (!IsLoopbackName(host.Host)) return $"A single-user server answers to localhost, 127.0.0.1 and [::1] only, not to '{host.Host}'.";
        var origins = context.Request.Headers.Origin;
        if (origins.Count == 0) return null;
        var port = host.Port ?? (context.Request.IsHttps ? 443 : 80);
        return origins.Count == 1 && Uri.TryCreate(origins[0], UriKind.Absolute, out var origin) && (origin.Scheme == "http" || origin.Scheme == "https") && IsLoopbackName(origin.Host) && origin.Port == port
            ? null
            : $"A single-user server answers its own pages only, not those of '{origins}'.";
    }

    private static bool IsLoopbackName(string host) => host is "127.0.0.1" or "[::1]" || host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
}
