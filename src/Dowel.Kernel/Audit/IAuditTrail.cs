using Dowel.Contracts;
using Dowel.Kernel.Relational;

namespace Dowel.Kernel.Audit;

/// <summary>The tamper-evident record of every change and every denied attempt.</summary>
public interface IAuditTrail
{
    /// <summary>Appends within the transaction that makes the change: both are kept, or neither.</summary>
    Task AppendAsync(DbSession session, AuditEntry entry);

    /// <summary>Records a denied attempt beside the request; equal attempts within a few seconds become one record with a count.</summary>
    void Denied(AuditEntry entry);

    /// <summary>A page of records, newest first.</summary>
    Task<Page<AuditRecord>> ListAsync(AuditQuery query, CancellationToken cancellationToken);

    /// <summary>All records from the first, as a stream.</summary>
    IAsyncEnumerable<AuditRecord> ExportAsync(CancellationToken cancellationToken);

    /// <summary>Reads the whole trail and says what was altered, removed or reordered.</summary>
    Task<AuditVerification> VerifyAsync(CancellationToken cancellationToken);
}
