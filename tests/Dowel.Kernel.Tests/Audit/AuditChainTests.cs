using Dowel.Contracts;
using Dowel.Kernel.Audit;

namespace Dowel.Kernel.Tests.Audit;

public class AuditChainTests
{
    [Fact]
    public void An_untouched_chain_is_fine() => Assert.Empty(Verify(Chain(20)));

    [Theory, InlineData(1), InlineData(7), InlineData(20)]
    public void An_altered_record_is_named_and_no_other(int seq)
    {
        var rows = Chain(20);
        rows[seq - 1].Resource = "something else";
        Assert.Equal([(seq, "altered")], Verify(rows));
    }

    [Fact]
    public void A_record_altered_with_its_hash_breaks_the_one_that_follows()
    {
        var rows = Chain(5);
        rows[2].Resource = "something else";
        rows[2].Hash = AuditChain.Hash(rows[1].Hash, rows[2]);
        Assert.Equal([(4, "altered")], Verify(rows));
    }

    [Fact]
    public void Removed_records_are_named_wherever_they_stood()
    {
        foreach (var (from, count, named) in new[] { (1, 1, 1), (5, 1, 5), (5, 3, 7), (20, 1, 20), (18, 3, 20) })
        {
            var rows = Chain(20);
            rows.RemoveRange(from - 1, count);
            Assert.Contains((named, "removed"), Verify(rows, head: 20, lastHash: Chain(20)[^1].Hash));
        }
    }

    [Theory, InlineData(5, 6), InlineData(3, 12)]
    public void Records_that_changed_places_are_named_reordered(int a, int b)
    {
        var rows = Chain(20);
        (rows[a - 1].Seq, rows[b - 1].Seq) = (b, a);
        var problems = Verify([.. rows.OrderBy(r => r.Seq)]);
        Assert.Equal([(a, "reordered"), (b, "reordered")], problems);
    }

    [Fact]
    public void A_trail_written_anew_lacks_the_signature()
    {
        var check = new AuditChain();
        foreach (var row in Chain(3)) check.Add(row);
        Assert.Equal("head", Assert.Single(check.Finish(3, Chain(3)[^1].Hash, headSigned: false).Problems).Kind);
    }

    private static List<AuditRow> Chain(int count)
    {
        var rows = new List<AuditRow>();
        for (var seq = 1; seq <= count; seq++)
        {
            var row = new AuditRow { Seq = seq, At = seq * 1000, Actor = "alice", ActorId = "usr_1", Action = "dataset.create", Resource = $"d{seq}", AfterJson = "{}" };
            row.Hash = AuditChain.Hash(seq == 1 ? "" : rows[^1].Hash, row);
            rows.Add(row);
        }
        return rows;
    }

    private static IEnumerable<(int, string)> Verify(List<AuditRow> rows, long? head = null, string? lastHash = null)
    {
        var check = new AuditChain();
        foreach (var row in rows) check.Add(row);
        AuditVerification found = check.Finish(head ?? rows[^1].Seq, lastHash ?? rows[^1].Hash, headSigned: true);
        Assert.Equal(found.Problems.Count == 0, found.Ok);
        return found.Problems.Select(p => ((int)p.Seq, p.Kind));
    }
}
