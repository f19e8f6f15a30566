using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;

namespace Dowel.Kernel.Audit;

/// <summary>A row of <c>kernel_audit</c>.</summary>
internal sealed class AuditRow
{
    public long Seq { get; set; }
    public long At { get; set; }
    public string ActorId { get; set; } = "";
    public string Actor { get; set; } = "";
    public string Remote { get; set; } = "";
    public string Action { get; set; } = "";
    public string Outcome { get; set; } = "";
    public string Project { get; set; } = "";
    public string ResourceId { get; set; } = "";
    public string Resource { get; set; } = "";
    public string? BeforeJson { get; set; }
    public string? AfterJson { get; set; }
    public string Hash { get; set; } = "";

    public AuditRecord ToRecord() => new()
    {
        Seq = Seq,
        At = Instants.FromMicros(At),
        ActorId = ActorId,
        Actor = Actor,
        Remote = Remote,
        Action = Action,
        Outcome = Outcome,
        Project = Project,
        ResourceId = ResourceId,
        Resource = Resource,
        Before = BeforeJson,
        After = AfterJson,
        Hash = Hash,
    };
}

/// <summary>Checks a hash chain record by record.</summary>
internal sealed class AuditChain
{
    private const int MostProblems = 100;
    private readonly List<AuditProblem> _problems = [];
    private readonly List<(AuditRow Row, string Previous)> _misfits = [];
    private string _previous = "";
    private long _records;

    public long LastSeq { get; private set; }

    /// <summary>SHA-256 over the hash before and all fields as a JSON array (which keeps their borders unambiguous).</summary>
    public static string Hash(string previous, AuditRow r)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(new object?[] { previous, r.Seq, r.At, r.ActorId, r.Actor, r.Remote, r.Action, r.Outcome, r.Project, r.ResourceId, r.Resource, r.BeforeJson, r.AfterJson });
        return Convert.ToHexStringLower(SHA256.HashData(text));
    }

    /// <summary>What is signed at the end of the chain.</summary>
    public static byte[] HeadText(long seq, string hash) => Encoding.UTF8.GetBytes($"audit-head:{seq}:{hash}");

    public void Add(AuditRow row)
    {
        _records++;
        if (row.Seq > LastSeq + 1)
            Report(row.Seq - 1, "removed", row.Seq - LastSeq == 2 ? $"Record {row.Seq - 1} is missing." : $"Records {LastSeq + 1} to {row.Seq - 1} are missing.");
        else if (Hash(_previous, row) != row.Hash && _misfits.Count < MostProblems)
            _misfits.Add((row, _previous));
        // The stored hash goes on, so that one altered record is named once and not with all that follow.
        (_previous, LastSeq) = (row.Hash, row.Seq);
    }

    public AuditVerification Finish(long headSeq, string headHash, bool headSigned)
    {
        foreach (var (row, previous) in _misfits) Classify(row, previous);
        _problems.Sort((a, b) => a.Seq.CompareTo(b.Seq));
        if (!headSigned) Report(headSeq, "head", "The end of the trail is not signed by this server: it was written anew or cut.");
        else if (LastSeq < headSeq) Report(headSeq, "removed", LastSeq + 1 == headSeq ? $"Record {headSeq} is missing at the end." : $"Records {LastSeq + 1} to {headSeq} are missing at the end.");
        else if (_previous != headHash) Report(headSeq, "head", "The last record is not the one that was signed.");
        return new AuditVerification { Ok = _problems.Count == 0, Records = _records, Problems = _problems };
    }

    // A moved record fits its hash again at another position of the chain; an altered one fits nowhere; one that is whole but follows
    // a record that is not in its place is no problem of its own.
    private void Classify(AuditRow row, string previous)
    {
        var hashes = _misfits.Select(m => m.Row.Hash).Concat(_misfits.Select(m => m.Previous)).Distinct().ToList();
        var here = row.Seq;
        foreach (var seq in _misfits.Select(m => m.Row.Seq))
        {
            row.Seq = seq;
            var fits = hashes.Any(h => Hash(h, row) == row.Hash);
            row.Seq = here;
            if (!fits) continue;
            if (seq != here) Report(here, "reordered", $"Record {here} ({row.Action} by {row.Actor}) stood at {seq}.");
            return;
        }
        Report(here, "altered", $"Record {here} ({row.Action} by {row.Actor}) does not fit its hash and the record before it.");
    }

    private void Report(long seq, string kind, string detail)
    {
        if (_problems.Count < MostProblems) _problems.Add(new AuditProblem(seq, kind, detail));
    }
}
