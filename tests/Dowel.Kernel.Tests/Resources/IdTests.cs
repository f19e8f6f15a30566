using Dowel.Kernel.Resources;

namespace Dowel.Kernel.Tests.Resources;

public class IdTests
{
    [Fact]
    public void Ids_of_the_hot_path_are_UUIDs_of_version_7_that_sort_by_their_time_and_never_repeat()
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(56).ToUnixTimeMilliseconds();
        var id = Ids.Version7(now);
        Assert.Equal((7, 8), (id.Version, id.Variant & 0xC));
        // The first 48 bits are the time (RFC 9562, 5.7).
        Assert.Equal(now, Convert.ToInt64(id.ToString("n")[..12], 16));
        Assert.True(string.CompareOrdinal(id.ToString("n"), Ids.Version7(now + 1).ToString("n")) < 0);
        var all = Enumerable.Range(0, 8).AsParallel().SelectMany(_ => Enumerable.Range(0, 20_000).Select(_ => Ids.Version7(now))).ToHashSet();
        Assert.Equal(160_000, all.Count);
    }
}
