using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Audit;

/// <summary>Checks the audit trail.</summary>
internal sealed class AuditVerifyCommand(CliHost host) : ClientCommand(host, "verify", "Check the trail's hash chain; exit code 1 names any altered, removed or reordered record.", "dowel audit verify")
{
    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var found = await session.Client.Audit.VerifyAsync(cancellationToken);
        if (session.Output.IsJson)
        {
            session.Output.WriteJson(found);
        }
        else if (found.Ok)
        {
            session.Output.Done($"All {found.Records} records are as they were written.");
        }
        else
        {
            session.Output.List(found.Problems, "", new Column<AuditProblem>("Record", p => p.Seq, Right: true), new Column<AuditProblem>("Is", p => p.Kind), new Column<AuditProblem>("Found", p => p.Detail));
            await session.Output.NoteAsync($"The trail of {found.Records} records is not as it was written.");
        }
        return found.Ok ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
