using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Identity;

/// <inheritdoc cref="ITokenService"/>
internal sealed class TokenService(IDb db, IProjectAccess projects, IAuditTrail audit, IdentityCaches caches, TimeProvider time) : ITokenService
{
    private const int DefaultDays = 90;
    private static readonly Dictionary<string, SortColumn> Sorts = new() { ["created"] = new("t.created_at", IsNumber: true), ["name"] = new("t.name") };

    public async Task<Result<CreatedToken>> CreateAsync(Actor actor, CreateToken token, CancellationToken cancellationToken)
    {
        if (RefuseScoped(actor, "token.create") is { } scoped) return scoped;
        if (string.IsNullOrWhiteSpace(token.Name) || token.Name.Length > 200 || token.Name.Any(char.IsControl))
            return Failure.Invalid("name", token.Name, "what the token is for, in 1 to 200 characters");
        if (token.ExpiresInDays is < 0 or > 3650) return Failure.Invalid("expiresInDays", token.ExpiresInDays, "1 to 3650 days, or 0 for no end");
        return await db.WriteAsync<CreatedToken>(async s =>
        {
            ProjectRef? project = null;
            if (token.Project is not null)
            {
                var found = await projects.RequireAsync(s, actor, token.Project, ProjectRole.Viewer);
                if (!found.TryGet(out project, out var failure)) return failure;
            }
            var secret = TokenSecrets.NewToken();
            var now = time.NowMicros();
            var days = token.ExpiresInDays ?? DefaultDays;
            var row = new TokenRow
            {
                Id = Ids.New("tok"),
                UserId = actor.UserId,
                Name = token.Name,
                Hint = secret[..8],
                Hash = TokenSecrets.Hash(secret),
                ProjectId = project?.Id,
                Project = project?.Name,
                CreatedAt = now,
                ExpiresAt = days == 0 ? null : now + days * 24L * 3600 * 1_000_000,
            };
            await row.InsertAsync(s);
            var info = row.ToToken();
            await audit.AppendAsync(s, new AuditEntry
            {
                Actor = actor,
                Action = "token.create",
                Project = row.Project ?? "",
                ResourceId = row.Id,
                Resource = row.Name,
                After = new { info.Name, info.Hint, info.Project, info.ExpiresAt },
            });
            return new CreatedToken(info, secret);
        }, cancellationToken);
    }

    public async Task<Result<Page<Token>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken)
    {
        if (RefuseScoped(actor, "token.list") is { } scoped) return scoped;
        var sort = SortSpec.Parse(query.Sort ?? "-created", Sorts);
        if (!sort.TryGet(out var order, out var failure)) return failure;
        var paging = Keyset.Create(order, "t.id", query.Cursor, query.Limit);
        if (!paging.TryGet(out var keyset, out failure)) return failure;
        var sql = "SELECT t.*, p.name AS project FROM kernel_tokens t LEFT JOIN kernel_projects p ON p.id = t.project_id WHERE t.user_id = @user";
        var args = new DynamicParameters(new { user = actor.UserId });
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            if (query.Search.Contains('\0')) return Failure.Invalid("search", "a text with NUL", "text");
            sql += " AND LOWER(t.name) LIKE @search ESCAPE '\\'";
            args.Add("search", Names.LikePattern(query.Search));
        }
        keyset.AddTo(ref sql, args);
        var rows = await db.ReadAsync(s => s.QueryAsync<TokenRow>(sql, args), cancellationToken);
        return keyset.ToPage(rows, r => order.Column.IsNumber ? r.CreatedAt : r.Name, r => r.Id, r => r.ToToken());
    }

    public Task<Result<Unit>> RevokeAsync(Actor actor, string id, CancellationToken cancellationToken) => db.WriteAsync<Unit>(async s =>
    {
        if (RefuseScoped(actor, "token.revoke") is { } scoped) return scoped;
        await Accounts.LineUpAsync(s);
        var row = await s.FirstAsync<TokenRow>("SELECT * FROM kernel_tokens WHERE id = @id", new { id });
        if (row is null || (row.UserId != actor.UserId && !actor.IsAdmin)) return Failure.NotFound("token", id);
        await RevokeAsync(s, actor, row);
        return Result.Done;
    }, cancellationToken);

    /// <summary>Revokes in the caller's transaction; a token that is revoked already stays as it is.</summary>
    public async Task RevokeAsync(DbSession session, Actor actor, TokenRow row)
    {
        var changed = await session.ExecuteAsync("UPDATE kernel_tokens SET revoked_at = @now WHERE id = @id AND revoked_at IS NULL", new { id = row.Id, now = time.NowMicros() });
        if (changed == 0) return;
        await audit.AppendAsync(session, new AuditEntry { Actor = actor, Action = row.Kind == "session" ? "auth.sign_out" : "token.revoke", ResourceId = row.Id, Resource = row.Name });
        session.AfterCommit(caches.Clear);
    }

    /// <summary>Tokens limited to a project must not reach beyond it by way of their owner's account.</summary>
    private Failure? RefuseScoped(Actor actor, string action)
    {
        if (actor.ProjectScope is null) return null;
        audit.Denied(new AuditEntry { Actor = actor, Action = action });
        return new Failure(ErrorCodes.Forbidden, "This token is limited to a project and cannot manage its owner's account.");
    }
}
