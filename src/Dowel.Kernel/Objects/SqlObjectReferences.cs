using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Kernel.Objects;

/// <summary>References that stand in a room's tables.</summary>
internal sealed class SqlObjectReferences(IDb db, string sql) : IObjectReferences
{
    public Task VisitAsync(Action<string> found, CancellationToken cancellationToken) => db.ReadAsync(async session =>
    {
        await using var reader = await session.Prepare(sql).ReadAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) found(reader.GetString(0));
        return true;
    }, cancellationToken);
}

/// <summary>Adds <see cref="IObjectReferences"/>.</summary>
public static class ObjectReferencesExtensions
{
    /// <summary>Says which objects a room refers to.</summary>
    /// <param name="services">The services.</param>
    /// <param name="sql">A query whose one column is a hash.</param>
    public static IServiceCollection AddObjectReferences(this IServiceCollection services, string sql)
        => services.AddSingleton<IObjectReferences>(p => new SqlObjectReferences(p.GetRequiredService<IDb>(), sql));
}
