using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Kernel.Rooms;

/// <summary>The rooms of this server, on and off.</summary>
public sealed class RoomSet
{
    private readonly IReadOnlyList<IRoom> _all;
    private readonly HashSet<string> _off;

    /// <summary>Reads from <paramref name="configuration"/> (<c>Rooms:NAME</c>) which rooms are on. An unknown name under <c>Rooms</c> is a mistake and stops the start.</summary>
    public RoomSet(IEnumerable<IRoom> rooms, IConfiguration configuration)
    {
        _all = [.. rooms];
        var unknown = configuration.GetSection("Rooms").GetChildren().Select(c => c.Key).Except(_all.Select(r => r.Name), StringComparer.OrdinalIgnoreCase).ToList();
        if (unknown.Count > 0)
            throw new InvalidOperationException($"The setting 'Rooms:{unknown[0]}' names no room. The rooms are {string.Join(", ", _all.Select(r => r.Name))}.");
        _off = [.. _all.Where(r => !configuration.GetValue($"Rooms:{r.Name}", true)).Select(r => r.Name)];
    }

    /// <summary>The rooms that are on.</summary>
    public IEnumerable<IRoom> Enabled => _all.Where(r => !_off.Contains(r.Name));

    /// <summary>All rooms, for people.</summary>
    public IReadOnlyList<RoomInfo> Describe() => [.. _all.Select(r => new RoomInfo(r.Name, !_off.Contains(r.Name), $"Rooms__{r.Name}=true"))];

    /// <summary>Adds the services of the rooms that are on.</summary>
    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(this);
        foreach (var room in Enabled) room.AddServices(services, configuration);
    }

    /// <summary>Maps the endpoints of the rooms that are on, and a clear 404 for those that are off.</summary>
    public void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        foreach (var room in Enabled) room.MapEndpoints(endpoints);
        foreach (var room in _all.Where(r => _off.Contains(r.Name)))
            foreach (var pattern in room.Routes)
                endpoints.Map(pattern, (HttpContext context) => Problems.WriteAsync(context,
                        new Failure(ErrorCodes.RoomOff, $"The room {room.Name} is off; it is switched on by Rooms__{room.Name}=true.")))
                    .Allow(AccessRule.Anonymous("says that a room is off"))
                    .ExcludeFromDescription();
    }
}
