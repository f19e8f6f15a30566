using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Hosting;

/// <summary>The server's own secret, made at first start and kept in the data folder (readable by its user alone), outside the database.</summary>
public sealed class ServerKey
{
    private readonly byte[] _key;

    /// <summary>Reads the key, or makes it.</summary>
    public ServerKey(IOptions<DowelOptions> options)
    {
        var path = Path.Combine(options.Value.Folder("keys"), "server.key");
        if (!File.Exists(path))
        {
            var temp = $"{path}.{Guid.NewGuid():n}.tmp";
            var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(temp, create))
            {
                stream.Write(RandomNumberGenerator.GetBytes(32));
                stream.Flush(flushToDisk: true);
            }
            File.Move(temp, path);
        }
        _key = File.ReadAllBytes(path);
        if (_key.Length != 32) throw new InvalidOperationException($"The key file '{path}' is damaged: it has {_key.Length} bytes instead of 32. Restore it from a backup.");
    }

    /// <summary>HMAC-SHA256 of <paramref name="data"/>, hexadecimal.</summary>
    public string Sign(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, data));

    /// <summary>Whether <paramref name="signature"/> is that of <paramref name="data"/>.</summary>
    public bool Verify(ReadOnlySpan<byte> data, string signature)
        => CryptographicOperations.FixedTimeEquals(System.Text.Encoding.ASCII.GetBytes(Sign(data)), System.Text.Encoding.ASCII.GetBytes(signature));

    /// <summary>A key of 32 bytes for one purpose, which tells nothing of this one.</summary>
    internal byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, 32, info: System.Text.Encoding.UTF8.GetBytes(purpose));
}
