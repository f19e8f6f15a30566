using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Serving.Deployments;

namespace Dowel.Serving.Batch;

/// <summary>Batch runs in the relational database.</summary>
internal sealed class BatchStore(IDb db, TimeProvider time)
{
    private const string Select = "SELECT b.*, p.name AS project FROM serving_batch_runs b JOIN kernel_projects p ON p.id = b.project_id";
    private static readonly Dictionary<string, SortColumn> Sorts = new() { ["created"] = new("b.created_at", IsNumber: true), ["name"] = new("b.output") };

    public Task<int> InsertAsync(DbSession session, BatchRow row) => session.ExecuteAsync("""
        INSERT INTO serving_batch_runs (id, project_id, user_id, user_name, project_scope, remote, endpoint_id, endpoint, model_id, model, version, runtime, input_id, input, input_version, output, plan,
            attempt, state, message, row_count, done, failed, result, created_at, started_at, ended_at)
        VALUES (@Id, @ProjectId, @UserId, @UserName, @ProjectScope, @Remote, @EndpointId, @Endpoint, @ModelId, @Model, @Version, @Runtime, @InputId, @Input, @InputVersion, @Output, @Plan,
            @Attempt, @State, @Message, @RowCount, @Done, @Failed, @Result, @CreatedAt, @StartedAt, @EndedAt)
        """, row);

    public Task<BatchRow?> FindAsync(string id, CancellationToken cancellationToken) => db.ReadAsync(s => FindAsync(s, id), cancellationToken);

    public static Task<BatchRow?> FindAsync(DbSession session, string id) => session.FirstAsync<BatchRow>($"{Select} WHERE b.id = @id", new { id });

    /// <summary>A page of the runs of projects that the actor belongs to; administrators and auditors see all.</summary>
    public async Task<Result<Page<BatchRow>>> ListAsync(Actor actor, ListQuery query, string? endpointId, CancellationToken cancellationToken)
    {
        if (!SortSpec.Parse(query.Sort ?? "-created", Sorts).TryGet(out var sort, out var failure)) return failure;
        if (!Keyset.Create(sort, "b.id", query.Cursor, query.Limit).TryGet(out var keyset, out failure)) return failure;
        var sql = $"{Select} LEFT JOIN kernel_members m ON m.project_id = p.id AND m.user_id = @user WHERE {(actor.IsAdmin || actor.IsAuditor ? "1 = 1" : "m.role IS NOT NULL")}";
        var args = new DynamicParameters(new { user = actor.UserId });
        Where("p.id = @scope", "scope", actor.ProjectScope);
        Where("p.name = @project", "project", query.Project);
        Where("b.endpoint_id = @endpoint", "endpoint", endpointId);
        Where("(LOWER(b.output) LIKE @search ESCAPE '\\' OR LOWER(b.input) LIKE @search ESCAPE '\\' OR LOWER(COALESCE(b.endpoint, b.model)) LIKE @search ESCAPE '\\')", "search",
            string.IsNullOrWhiteSpace(query.Search) ? null : Names.LikePattern(query.Search));
        keyset.AddTo(ref sql, args);
        var rows = await db.ReadAsync(s => s.QueryAsync<BatchRow>(sql, args), cancellationToken);
        return keyset.ToPage(rows, r => sort.Column.IsNumber ? r.CreatedAt : r.Output, r => r.Id, r => r);

        void Where(string condition, string name, object? value)
        {
            if (value is null) return;
            sql += $" AND {condition}";
            args.Add(name, value);
        }
    }

    /// <summary>The runs that wait or were under way, oldest first.</summary>
    public Task<IReadOnlyList<string>> OpenAsync(CancellationToken cancellationToken)
        => db.ReadAsync(s => s.QueryAsync<string>("SELECT id FROM serving_batch_runs WHERE state IN ('queued', 'running') ORDER BY created_at, id"), cancellationToken);

    /// <summary>The runs whose working files are of use: those that may go on, and those that ended lately and may be resumed.</summary>
    public Task<IReadOnlyList<string>> ResumableAsync(TimeSpan kept, CancellationToken cancellationToken)
        => db.ReadAsync(s => s.QueryAsync<string>("SELECT id FROM serving_batch_runs WHERE state IN ('queued', 'running') OR (state IN ('failed', 'cancelled') AND ended_at > @since)",
            new { since = (time.GetUtcNow() - kept).ToMicros() }), cancellationToken);

    /// <summary>Who a run is done for, as they are now; null where they are gone or disabled.</summary>
    public async Task<Actor?> ActorAsync(BatchRow row, CancellationToken cancellationToken)
    {
        var user = await db.ReadAsync(s => s.FirstAsync<UserRow>("SELECT name, is_admin, is_auditor FROM kernel_users WHERE id = @id AND disabled = @no", new { id = row.UserId, no = false }), cancellationToken);
        return user is null ? null : new Actor
        {
            UserId = row.UserId,
            UserName = user.Name,
            IsAdmin = user.IsAdmin && row.ProjectScope is null,
            IsAuditor = user.IsAuditor && row.ProjectScope is null,
            ProjectScope = row.ProjectScope,
            Remote = row.Remote,
        };
    }

    /// <summary>Marks a run as under way; null where somebody stopped it.</summary>
    public async Task<BatchRow?> StartAsync(string id, CancellationToken cancellationToken) => (await db.WriteAsync<BatchRow?>(async s =>
    {
        var started = await s.ExecuteAsync("UPDATE serving_batch_runs SET state = 'running', started_at = @now, message = NULL WHERE id = @id AND state IN ('queued', 'running')", new { id, now = time.NowMicros() });
        return started == 0 ? null : await FindAsync(s, id);
    }, cancellationToken)).Value;

    public Task ProgressAsync(string id, long done, long failed, CancellationToken cancellationToken)
        => WriteAsync("UPDATE serving_batch_runs SET done = @done, failed = @failed WHERE id = @id", new { id, done, failed }, cancellationToken);

    /// <summary>Ends a run that is under way; one that was cancelled stays so.</summary>
    public Task EndAsync(string id, BatchState state, string? message, BatchResult? result, CancellationToken cancellationToken)
        => WriteAsync("UPDATE serving_batch_runs SET state = @state, message = @message, result = @result, ended_at = @now WHERE id = @id AND state = 'running'",
            new { id, state = BatchRow.StateText(state), message, result = result is null ? null : Json.Write(result), now = time.NowMicros() }, cancellationToken);

    /// <summary>Cancels a run; false where it has ended.</summary>
    public async Task<bool> CancelAsync(DbSession session, string id)
        => await session.ExecuteAsync("UPDATE serving_batch_runs SET state = 'cancelled', ended_at = @now WHERE id = @id AND state IN ('queued', 'running')", new { id, now = time.NowMicros() }) > 0;

    /// <summary>Queues a run again, for whoever resumes it; false where it did not fail and was not cancelled.</summary>
    public static async Task<bool> ResumeAsync(DbSession session, string id, Actor actor)
        => await session.ExecuteAsync("""
            UPDATE serving_batch_runs SET state = 'queued', attempt = attempt + 1, message = NULL, ended_at = NULL, user_id = @UserId, user_name = @UserName, project_scope = @ProjectScope, remote = @Remote
            WHERE id = @id AND state IN ('failed', 'cancelled')
            """, new { id, actor.UserId, actor.UserName, actor.ProjectScope, actor.Remote }) > 0;

    /// <summary>Forgets a run; false where it has not ended.</summary>
    public static async Task<bool> DeleteAsync(DbSession session, string id)
        => await session.ExecuteAsync("DELETE FROM serving_batch_runs WHERE id = @id AND state IN ('succeeded', 'failed', 'cancelled')", new { id }) > 0;

    private async Task WriteAsync(string sql, object args, CancellationToken cancellationToken) => await db.WriteAsync<Unit>(async s =>
    {
        await s.ExecuteAsync(sql, args);
        return Unit.Value;
    }, cancellationToken);

    private sealed class UserRow
    {
        public string Name { get; set; } = "";
        public bool IsAdmin { get; set; }
        public bool IsAuditor { get; set; }
    }
}
