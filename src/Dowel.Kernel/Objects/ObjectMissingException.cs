namespace Dowel.Kernel.Objects;

/// <summary>An object that the database refers to is not in the object store; the caller learns it as <c>server.storage_lost</c>.</summary>
/// <param name="hash">The object's hash.</param>
/// <param name="what">What it is the content of, with its name.</param>
public sealed class ObjectMissingException(string hash, string what) : Exception($"The content of {what} is missing in the object store ({hash}).");
