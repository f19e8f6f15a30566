using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dowel.Kernel.Identity;

/// <summary>Makes and hashes tokens and codes. They are long random texts, so one round of SHA-256 keeps them; passwords are another matter.</summary>
internal static class TokenSecrets
{
    public const string TokenPrefix = "dwl_";
    private const int RandomLength = 40;
    public const int TokenLength = 4 + RandomLength;
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>40 characters of base 62 are 238 bits.</summary>
    public static string NewToken() => TokenPrefix + NewCode();

    public static string NewCode() => RandomNumberGenerator.GetString(Base62, RandomLength);

    public static bool LooksLikeToken(ReadOnlySpan<char> text)
    {
        if (text.Length != TokenLength || !text.StartsWith(TokenPrefix)) return false;
        foreach (var c in text[TokenPrefix.Length..])
            if (!char.IsAsciiLetterOrDigit(c)) return false;
        return true;
    }

    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

/// <summary>The SHA-256 of a secret as a key that needs no allocation.</summary>
internal readonly struct SecretKey(ulong a, ulong b, ulong c, ulong d) : IEquatable<SecretKey>
{
    private readonly ulong _a = a, _b = b, _c = c, _d = d;

    public static SecretKey FromHash(ReadOnlySpan<byte> hash) => new(
        BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(hash[16..]), BinaryPrimitives.ReadUInt64BigEndian(hash[24..]));

    /// <summary>The key of a text of the length of a token.</summary>
    public static SecretKey OfToken(ReadOnlySpan<char> token)
    {
        Span<byte> bytes = stackalloc byte[TokenSecrets.TokenLength * 3];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(token, bytes)], hash);
        return FromHash(hash);
    }

    public bool Equals(SecretKey other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    public override bool Equals(object? obj) => obj is SecretKey other && Equals(other);

    public override int GetHashCode() => (int)_a;

    /// <summary>Hexadecimal, as the database keeps it.</summary>
    public override string ToString() => $"{_a:x16}{_b:x16}{_c:x16}{_d:x16}";
}
