using System.Security.Cryptography;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Objects;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Tests.Objects;

public sealed class LocalObjectStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dowel-objects-").FullName;

    [Fact]
    public async Task Keeps_content_under_its_hash_once()
    {
        var store = Open();
        var content = RandomNumberGenerator.GetBytes(300_000);
        var first = (await store.PutAsync(new MemoryStream(content), long.MaxValue, default)).Value;
        var second = (await store.PutAsync(new MemoryStream(content), long.MaxValue, default)).Value;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), first.Hash);
        Assert.Equal(first, second);
        await using var read = await store.OpenAsync(first.Hash, default);
        var copy = new MemoryStream();
        await read!.CopyToAsync(copy);
        Assert.Equal(content, copy.ToArray());
        Assert.Single(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Leaves_nothing_of_what_is_too_large_or_breaks_off()
    {
        var store = Open();
        Assert.Equal("request.too_large", (await store.PutAsync(new MemoryStream(new byte[1001]), 1000, default)).Failure!.Code.Code);
        await Assert.ThrowsAsync<IOException>(() => store.PutAsync(new Breaking(), long.MaxValue, default));
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Theory, InlineData("../../../../etc/passwd"), InlineData(""), InlineData("ABCDEF"), InlineData("zz00000000000000000000000000000000000000000000000000000000000000")]
    public async Task Opens_nothing_but_hashes(string hash) => Assert.Null(await Open().OpenAsync(hash, default));

    [Fact]
    public void Removes_what_a_crash_left_behind()
    {
        Open();
        File.WriteAllText(Path.Combine(_folder, "objects", "incoming", "left"), "half");
        Open();
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private LocalObjectStore Open() => new(Options.Create(new DowelOptions { DataDir = _folder }), TimeProvider.System);

    private sealed class Breaking : MemoryStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => _reads++ == 3 ? throw new IOException("the connection broke") : ValueTask.FromResult(buffer.Length);
    }
}
