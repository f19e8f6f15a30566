using System.CommandLine;

namespace Dowel.Cli.Audit;

/// <summary>Exports the audit trail.</summary>
internal sealed class AuditExportCommand : ClientCommand
{
    private readonly DownloadTarget target;

    public AuditExportCommand(CliHost host) : base(host, "export", "Export the whole trail as JSON lines; by default to standard output.", "dowel audit export > trail.jsonl", "dowel audit export --to trail.jsonl") => target = new DownloadTarget(this, "default standard output");

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) =>
        target.SaveAsync(session, args, "-", () => session.Client.Audit.ExportAsync(cancellationToken), cancellationToken);
}
