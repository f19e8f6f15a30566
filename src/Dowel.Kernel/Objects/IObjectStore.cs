using Dowel.Kernel.Results;

namespace Dowel.Kernel.Objects;

/// <summary>Content-addressed blobs: written once under the SHA-256 of what they contain, whole or not at all.</summary>
public interface IObjectStore
{
    /// <summary>Stores a stream. Durable when it returns; the same content twice is one object. What no room refers to within a day is removed (<see cref="Ports.IObjectReferences"/>).</summary>
    /// <param name="content">The content, read to its end.</param>
    /// <param name="maxBytes">Failure <c>request.too_large</c> beyond this many bytes.</param>
    /// <param name="cancellationToken">Cancels it; nothing is left behind.</param>
    Task<Result<StoredObject>> PutAsync(Stream content, long maxBytes, CancellationToken cancellationToken = default);

    /// <summary>Opens an object for reading (seekable), or null if there is none.</summary>
    Task<Stream?> OpenAsync(string hash, CancellationToken cancellationToken = default);

    /// <summary>A local file with the object's content, for libraries that want a path. Read only; null if there is no such object.</summary>
    Task<string?> GetLocalPathAsync(string hash, CancellationToken cancellationToken = default);

    /// <summary>The hashes of all objects that were last put before an instant.</summary>
    /// <param name="putBefore">The instant.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    IAsyncEnumerable<string> ListAsync(DateTimeOffset putBefore, CancellationToken cancellationToken = default);

    /// <summary>Removes an object, unless it was put again since an instant.</summary>
    /// <param name="hash">The object's hash.</param>
    /// <param name="putBefore">The instant.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>Whether it was there and is gone.</returns>
    Task<bool> DeleteAsync(string hash, DateTimeOffset putBefore, CancellationToken cancellationToken = default);
}

/// <summary>An object that is stored.</summary>
/// <param name="Hash">SHA-256, hexadecimal in lower case.</param>
/// <param name="Bytes">Size.</param>
public sealed record StoredObject(string Hash, long Bytes);
