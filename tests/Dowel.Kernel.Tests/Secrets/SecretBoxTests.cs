using System.Security.Cryptography;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Secrets;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Tests.Secrets;

public sealed class SecretBoxTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dowel-secrets-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(""), InlineData("s3cret"), InlineData("ключ ☃ with spaces\nand lines")]
    public void What_was_kept_comes_back_after_a_restart(string secret)
    {
        var kept = Box("a").Protect(secret);
        if (secret.Length > 0) Assert.DoesNotContain(secret, kept);
        Assert.Equal(secret, Box("a").Unprotect(kept));
    }

    [Fact]
    public void Equal_secrets_are_kept_as_different_texts() => Assert.NotEqual(Box("a").Protect("x"), Box("a").Protect("x"));

    [Fact]
    public void The_key_of_another_data_folder_reads_nothing()
    {
        var kept = Box("a").Protect("s3cret");
        Assert.Contains("server.key", Assert.Throws<CryptographicException>(() => Box("b").Unprotect(kept)).Message);
    }

    [Fact]
    public void A_changed_secret_is_refused()
    {
        var kept = Box("a").Protect("s3cret");
        var bytes = Convert.FromBase64String(kept[3..]);
        bytes[^1] ^= 1;
        Assert.Throws<CryptographicException>(() => Box("a").Unprotect("v1:" + Convert.ToBase64String(bytes)));
        Assert.Throws<CryptographicException>(() => Box("a").Unprotect("s3cret"));
    }

    private SecretBox Box(string server) => new(new ServerKey(Options.Create(new DowelOptions { DataDir = Path.Combine(_folder, server) })));
}
