using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Aliases;
using Dowel.Registry.Gates;
using Dowel.Registry.History;
using Dowel.Registry.Models;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Approvals;

/// <summary>What people say of a version before a protected alias moves to it. The newest word of each person counts, for the gate that they saw; one standing rejection holds the alias.</summary>
internal sealed class ApprovalService(IDb db, HistoryLog history, IAuditTrail audit, TimeProvider time)
{
    public async Task<Result<Approval>> SetAsync(Actor actor, Resource model, string version, SetApproval spec, CancellationToken cancellationToken)
    {
        if ((AliasRules.Check("alias", spec.Alias) ?? HistoryLog.CheckReason(spec.Comment)) is { } wrong) return wrong;
        return await db.WriteAsync<Approval>(async s =>
        {
            if (!await ModelRules.LockAsync(s, model.Id)) return Failure.NotFound("model", model.Name);
            if (await VersionService.RowAsync(s, model.Id, version) is not { } row) return VersionService.NoVersion(model, version);
            var gate = (await ModelService.GateAsync(s, model.Id))!;
            if (gate.Rules is not { Approvals: { } rule } rules || !AliasRules.IsProtected(rules, spec.Alias))
                return new Failure(ErrorCodes.Conflict, $"The gate of '{model.Name}' asks for no approvals before '{spec.Alias}'.");
            if (WhyNot(rule, row, actor.UserId, actor.UserName, model.Info.Access >= Permission.Manage) is { } no)
            {
                audit.Denied(AuditEntry.On(actor, model, "model.approve", after: new { Version = row.Number, spec.Alias, spec.Approve }));
                return new Failure(ErrorCodes.Forbidden, no);
            }
            var (alias, at) = (Key(spec.Alias), time.NowMicros());
            await s.ExecuteAsync("""
                INSERT INTO registry_approvals (version_id, alias, gate_revision, approved, comment, at, by_id, by_name)
                VALUES (@Id, @alias, @GateRevision, @Approve, @comment, @at, @UserId, @UserName)
                """, new { row.Id, alias, gate.GateRevision, spec.Approve, comment = spec.Comment ?? "", at, actor.UserId, actor.UserName });
            await history.AddAsync(s, actor, model.Id, ModelChangeKind.Approval, row.Number, alias, null, spec.Approve ? "approved" : "rejected", spec.Comment);
            await audit.AppendAsync(s, AuditEntry.On(actor, model, spec.Approve ? "model.approve" : "model.reject", after: new { Version = row.Number, Alias = alias, spec.Comment }));
            return new Approval { Alias = alias, Approved = spec.Approve, Counts = true, By = actor.UserName, At = Instants.FromMicros(at), Comment = spec.Comment ?? "" };
        }, cancellationToken);
    }

    /// <summary>Everything that was said of a version, newest first.</summary>
    public Task<Result<IReadOnlyList<Approval>>> ListAsync(Resource model, string version, CancellationToken cancellationToken) => db.ReadAsync<Result<IReadOnlyList<Approval>>>(async s =>
    {
        if (await VersionService.RowAsync(s, model.Id, version) is not { } row || await ModelService.GateAsync(s, model.Id) is not { } gate) return VersionService.NoVersion(model, version);
        return Result.Ok(await ReadAsync(s, model, row, gate));
    }, cancellationToken);

    /// <summary>The check of a gate that asks for approvals, within the move's transaction or before it.</summary>
    public static async Task<GateCheck?> CheckAsync(DbSession session, Resource model, VersionRow row, ModelService.GateOfModel gate, string alias)
    {
        if (gate.Rules.Approvals is not { } rule) return null;
        var standing = (await ReadAsync(session, model, row, gate)).Where(a => a.Counts && a.Alias == Key(alias)).ToList();
        var (given, against) = (standing.Where(a => a.Approved).Select(a => a.By).Order().ToList(), standing.Where(a => !a.Approved).Select(a => a.By).Order().ToList());
        var found = against.Count > 0 ? $"rejected by {string.Join(", ", against)}" : given.Count == 0 ? "none" : $"{given.Count}: {string.Join(", ", given)}";
        var people = rule.By.Count > 0 ? string.Join(", ", rule.By) : "owners of the project";
        return new GateCheck(Gate.Approvals, against.Count == 0 && given.Count >= rule.Count, found, $"{rule.Count} by {people}{(rule.AllowCreator ? "" : ", not by who registered the version")}");
    }

    private static async Task<IReadOnlyList<Approval>> ReadAsync(DbSession session, Resource model, VersionRow row, ModelService.GateOfModel gate)
    {
        var rows = await session.QueryAsync<Row>("""
            SELECT a.*, u.name AS user_name, u.is_admin, u.disabled, m.role FROM registry_approvals a
            LEFT JOIN kernel_users u ON u.id = a.by_id
            LEFT JOIN kernel_members m ON m.project_id = @ProjectId AND m.user_id = a.by_id
            WHERE a.version_id = @Id ORDER BY a.id DESC
            """, new { row.Id, model.ProjectId });
        var heard = new HashSet<(string, string)>();
        var rule = gate.Rules.Approvals;
        return [.. rows.Select(r => new Approval
        {
            Alias = r.Alias,
            Approved = r.Approved,
            Counts = heard.Add((r.Alias, r.ById)) && rule is not null && r.GateRevision == gate.GateRevision && r.UserName is { } name && !r.Disabled && WhyNot(rule, row, r.ById, name, r.IsAdmin || r.Role == "owner") is null,
            By = r.ByName,
            At = Instants.FromMicros(r.At),
            Comment = r.Comment,
        })];
    }

    private static string? WhyNot(ApprovalRule rule, VersionRow row, string userId, string userName, bool isOwner)
        => !rule.AllowCreator && row.CreatedById == userId ? $"Version {row.Number} was registered by you; somebody else must approve it."
            : rule.By.Count > 0 ? rule.By.Contains(userName) ? null : $"It takes the approval of {string.Join(", ", rule.By)}."
            : isOwner ? null : "It takes the approval of an owner of the project.";

    // Aliases are protected whatever their case, so an approval is for all of them.
    private static string Key(string alias) => alias.ToLowerInvariant();

    private sealed class Row
    {
        public string Alias { get; set; } = "";
        public long GateRevision { get; set; }
        public bool Approved { get; set; }
        public string Comment { get; set; } = "";
        public long At { get; set; }
        public string ById { get; set; } = "";
        public string ByName { get; set; } = "";
        public string? UserName { get; set; }
        public bool IsAdmin { get; set; }
        public bool Disabled { get; set; }
        public string? Role { get; set; }
    }
}
