using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Kernel.Rooms;

/// <summary>One part of the life cycle. A room references no other room; it may be switched off by <c>Rooms:NAME=false</c>.</summary>
public interface IRoom
{
    /// <summary>Its name, such as <c>Catalog</c>.</summary>
    string Name { get; }

    /// <summary>Route patterns that are its own; they answer 404 with the way to enable it when the room is off.</summary>
    IReadOnlyList<string> Routes { get; }

    /// <summary>Adds its services.</summary>
    void AddServices(IServiceCollection services, IConfiguration configuration);

    /// <summary>Maps its endpoints below the server's root.</summary>
    void MapEndpoints(IEndpointRouteBuilder endpoints);
}
