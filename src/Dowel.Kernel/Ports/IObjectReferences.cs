namespace Dowel.Kernel.Ports;

/// <summary>Tells which objects of the object store are in use. Every room that keeps hashes of objects provides one; what none of them names is removed in time.</summary>
public interface IObjectReferences
{
    /// <summary>Names every hash that the room refers to, any number of times.</summary>
    /// <param name="found">Takes a hash.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task VisitAsync(Action<string> found, CancellationToken cancellationToken);
}
