using System.Security.Cryptography;

namespace Dowel.Kernel.Secrets;

/// <summary>Encrypts what the database keeps for use but never shows again: passwords of registries, tokens of other servers.</summary>
public interface ISecrets
{
    /// <summary>Encrypts a secret. Equal secrets give different texts.</summary>
    /// <param name="secret">The secret.</param>
    /// <returns>A text to keep.</returns>
    string Protect(string secret);

    /// <summary>The secret of a text made by <see cref="Protect"/>.</summary>
    /// <param name="kept">What was kept.</param>
    /// <exception cref="CryptographicException">It was changed, or made with the key of another data folder.</exception>
    string Unprotect(string kept);
}
