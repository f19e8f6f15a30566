using System.Security.Cryptography;
using System.Text;
using Dowel.Kernel.Hosting;

namespace Dowel.Kernel.Secrets;

/// <summary>AES-256-GCM with a key derived from the server's own: <c>v1:</c> and in base64 nonce, tag and ciphertext.</summary>
internal sealed class SecretBox(ServerKey key) : ISecrets
{
    private const string Prefix = "v1:";
    private const int NonceSize = 12, TagSize = 16;

    private readonly byte[] _key = key.Derive("dowel secrets v1");

    public string Protect(string secret)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var kept = new byte[NonceSize + TagSize + plain.Length];
        Span<byte> nonce = kept.AsSpan(0, NonceSize), tag = kept.AsSpan(NonceSize, TagSize), cipher = kept.AsSpan(NonceSize + TagSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(nonce, plain, cipher, tag);
        return Prefix + Convert.ToBase64String(kept);
    }

    public string Unprotect(string kept)
    {
        var bytes = kept.StartsWith(Prefix, StringComparison.Ordinal) ? Convert.FromBase64String(kept[Prefix.Length..]) : [];
        if (bytes.Length < NonceSize + TagSize) throw new CryptographicException("This is no secret that was kept here.");
        ReadOnlySpan<byte> nonce = bytes.AsSpan(0, NonceSize), tag = bytes.AsSpan(NonceSize, TagSize), cipher = bytes.AsSpan(NonceSize + TagSize);
        var plain = new byte[cipher.Length];
        using var aes = new AesGcm(_key, TagSize);
        try
        {
            aes.Decrypt(nonce, cipher, tag, plain);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new CryptographicException("The secret cannot be read: it was changed, or kept with another key than 'keys/server.key' in the data folder. Restore that file, or give the secret again.", e);
        }
        return Encoding.UTF8.GetString(plain);
    }
}
