using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Serving.Deployments;
using Dowel.Serving.Endpoints;
using Dowel.Serving.Gateway;

namespace Dowel.Serving.Batch;

/// <summary>Starts, shows, cancels and resumes batch runs.</summary>
internal sealed class BatchService(IDb db, BatchStore store, BatchWorker worker, BatchRunner runner, IDatasetFiles datasets, IResourceService resources, IProjectAccess projects, IGateway gateway,
    EndpointTable table, IModelSource models, EndpointLoader loader, ICodePolicy code, IAuditTrail audit, TimeProvider time)
{
    public async Task<Result<Page<BatchRun>>> ListAsync(Actor actor, ListQuery query, string? endpoint, CancellationToken cancellationToken)
    {
        string? endpointId = null;
        if (!string.IsNullOrEmpty(endpoint))
        {
            if (!(await resources.FindAsync(actor, ResourceKind.Endpoint, endpoint, Permission.Read, cancellationToken)).TryGet(out var found, out var failure)) return failure;
            endpointId = found.Id;
        }
        return (await store.ListAsync(actor, query, endpointId, cancellationToken)).Map(page => new Page<BatchRun> { Items = [.. page.Items.Select(Describe)], NextCursor = page.NextCursor });
    }

    public async Task<Result<BatchRun>> GetAsync(Actor actor, string id, CancellationToken cancellationToken) => (await FindAsync(actor, id, ProjectRole.Viewer, cancellationToken)).Map(Describe);

    public async Task<Result<BatchRun>> CreateAsync(Actor actor, CreateBatchRun body, CancellationToken cancellationToken)
    {
        var plan = new BatchPlan(body.Columns, body.Keep, body.Settings ?? new BatchSettings());
        if (Check(body, plan.Settings) is { } wrong) return wrong;
        var row = new BatchRow
        {
            Id = Ids.New("batch"),
            UserId = actor.UserId,
            UserName = actor.UserName,
            ProjectScope = actor.ProjectScope,
            Remote = actor.Remote,
            Output = body.Output,
            Plan = Json.Write(plan)!,
            CreatedAt = time.NowMicros(),
        };
        var target = body.Endpoint is null ? await ModelAsync(actor, body, row, cancellationToken) : await EndpointAsync(actor, body.Endpoint, row, cancellationToken);
        if (!target.TryGet(out var known, out var failure)) return failure;
        if (!(await datasets.OpenAsync(actor, body.Input, body.InputVersion, cancellationToken)).TryGet(out var input, out failure)) return failure;
        (row.InputId, row.Input, row.InputVersion, row.RowCount) = (input.Id, input.Name, input.Version, input.Rows);
        if (!BatchColumns.Fit(known.Signature, input.Columns, plan).TryGet(out _, out failure)) return failure;
        foreach (var name in new[] { row.Output, BatchRunner.FailedName(row.Output) })
        {
            if (!(await datasets.CheckTargetAsync(actor, body.Project, name, cancellationToken)).TryGet(out var project, out failure)) return failure;
            if (input.Name == $"{project.Name}.{name}") return Failure.Invalid("output", body.Output, "the name of another dataset than the one that is read");
            (row.ProjectId, row.Project) = (project.Id, project.Name);
        }
        return (await db.WriteAsync<BatchRow>(async s =>
        {
            await store.InsertAsync(s, row);
            await audit.AppendAsync(s, Entry(actor, row, "batch.create"));
            s.AfterCommit(() => worker.Enqueue(row.Id));
            return row;
        }, cancellationToken)).Map(Describe);
    }

    public Task<Result<BatchRun>> CancelAsync(Actor actor, string id, CancellationToken cancellationToken)
        => ChangeAsync(actor, id, "batch.cancel", s => store.CancelAsync(s, id), "has ended, so there is nothing to cancel", worker.Stop, cancellationToken);

    /// <summary>Goes on with a run that failed or was cancelled, in the name of who asks. Rows that failed are tried again.</summary>
    public async Task<Result<BatchRun>> ResumeAsync(Actor actor, string id, CancellationToken cancellationToken)
    {
        if (!(await FindAtRestAsync(actor, id, cancellationToken)).TryGet(out _, out var failure)) return failure;
        return await ChangeAsync(actor, id, "batch.resume", s => BatchStore.ResumeAsync(s, id, actor), "did not fail and was not cancelled, so it cannot be resumed", run =>
        {
            runner.FolderOf(run).ForgetFailed();
            worker.Enqueue(run);
        }, cancellationToken);
    }

    /// <summary>Forgets a run that has ended, with what was kept for it to be resumed. The datasets that it made stay.</summary>
    public async Task<Result<Unit>> DeleteAsync(Actor actor, string id, CancellationToken cancellationToken)
    {
        if (!(await FindAtRestAsync(actor, id, cancellationToken)).TryGet(out var row, out var failure)) return failure;
        return await db.WriteAsync<Unit>(async s =>
        {
            if (!await BatchStore.DeleteAsync(s, id)) return new Failure(ErrorCodes.Conflict, $"The run is {row.State}. Cancel it before it is deleted.");
            await audit.AppendAsync(s, new AuditEntry { Actor = actor, Action = "batch.delete", Project = row.Project, ResourceId = row.Id, Resource = row.Output, Before = row.Describe() });
            s.AfterCommit(runner.FolderOf(id).Delete);
            return Unit.Value;
        }, cancellationToken);
    }

    /// <summary>A run that the caller may change and that no thread works on; one that was cancelled a moment ago may still write its chunk.</summary>
    private async Task<Result<BatchRow>> FindAtRestAsync(Actor actor, string id, CancellationToken cancellationToken)
    {
        if (!(await FindAsync(actor, id, ProjectRole.Contributor, cancellationToken)).TryGet(out var row, out var failure)) return failure;
        for (var i = 0; i < 100 && row.StateOf is not (BatchState.Queued or BatchState.Running) && worker.ProgressOf(id) is not null; i++) await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        return worker.ProgressOf(id) is null ? row : new Failure(ErrorCodes.Conflict, $"The run is {row.State} and under way.") { RetryAfterSeconds = 1 };
    }

    private async Task<Result<BatchRun>> ChangeAsync(Actor actor, string id, string action, Func<DbSession, Task<bool>> change, string refused, Action<string> then, CancellationToken cancellationToken)
    {
        if (!(await FindAsync(actor, id, ProjectRole.Contributor, cancellationToken)).TryGet(out var row, out var failure)) return failure;
        return (await db.WriteAsync<BatchRow>(async s =>
        {
            if (!await change(s)) return new Failure(ErrorCodes.Conflict, $"The run is {row.State}: it {refused}.");
            await audit.AppendAsync(s, Entry(actor, row, action));
            s.AfterCommit(() => then(id));
            return (await BatchStore.FindAsync(s, id))!;
        }, cancellationToken)).Map(Describe);
    }

    private async Task<Result<Known>> EndpointAsync(Actor actor, string endpoint, BatchRow row, CancellationToken cancellationToken)
    {
        if (!(await resources.FindAsync(actor, ResourceKind.Endpoint, endpoint, Permission.Use, cancellationToken)).TryGet(out var found, out var failure)) return failure;
        if (table.FindById(found.Id) is not { } live) return Failure.NotFound("endpoint", endpoint);
        if (live.Deployments.Any(d => d.Row.SourceOf.Observed is not null)) return Failure.Invalid("endpoint", endpoint, "an endpoint that answers; this one is only observed");
        // The ingress policy, which it would meet later.
        var opened = await gateway.OpenAsync(actor, live.Name, null, Permission.Use, cancellationToken);
        if (!opened.TryGet(out _, out failure) && failure.Code.Code != ErrorCodes.NotReady.Code) return failure;
        (row.EndpointId, row.Endpoint) = (found.Id, found.Name);
        live = table.FindById(found.Id) ?? live;
        return new Known((live.Active ?? live.Deployments.LastOrDefault())?.Signature);
    }

    private async Task<Result<Known>> ModelAsync(Actor actor, CreateBatchRun body, BatchRow row, CancellationToken cancellationToken)
    {
        if (body is { Version: not null, Alias: not null }) return Failure.Invalid("alias", body.Alias, "either a version or an alias");
        var version = body.Version?.ToString(CultureInfo.InvariantCulture) ?? body.Alias ?? "production";
        if (!(await models.ResolveAsync(actor, body.Model!, version, cancellationToken)).TryGet(out var artifact, out var failure)) return failure;
        if (artifact.Refused.Count > 0 && !body.AllowRefused)
            return new Failure(ErrorCodes.GateFailed with { Remedy = "Run a version that passed its gate, or this one all the same with allowRefused." },
                $"Version {artifact.Version} of '{artifact.Name}' was refused by its gate.", [.. artifact.Refused.Select(c => new FieldError(c.Name, c.Given, c.Expected))]);
        if (!loader.RuntimeOf(artifact.Flavor).TryGet(out var runtime, out _)) return Failure.Invalid("model", artifact.Flavor, "a model of a flavor that runs here");
        if (runtime.RunsCode && code.Check(actor) is { } forbidden) return forbidden;
        (row.ModelId, row.Model, row.Version, row.Runtime) = (artifact.ModelId, artifact.Name, artifact.Version, artifact.Flavor);
        return new Known(artifact.Signature);
    }

    private static Failure? Check(CreateBatchRun body, BatchSettings settings)
    {
        if (string.IsNullOrEmpty(body.Endpoint) == string.IsNullOrEmpty(body.Model)) return Failure.Invalid("endpoint", body.Endpoint, "either an endpoint or a model");
        if (Names.Check("output", body.Output) is { } badName) return badName;
        if (Names.Check("output", BatchRunner.FailedName(body.Output)) is not null) return Failure.Invalid("output", body.Output, "a shorter name, as the dataset of failed rows has '_failed' behind it");
        if (settings.ChunkRows is < 1 or > 100_000) return Failure.Invalid("settings.chunkRows", settings.ChunkRows, "a number from 1 to 100000");
        if (settings.Concurrency is < 1 or > 16) return Failure.Invalid("settings.concurrency", settings.Concurrency, "a number from 1 to 16");
        if (settings.MaxRowsPerSecond is { } rate && !(rate >= 0.01 && rate <= 10_000_000)) return Failure.Invalid("settings.maxRowsPerSecond", rate, "a number from 0.01 to 10000000");
        return settings.MaxFailedShare is >= 0 and <= 1 ? null : Failure.Invalid("settings.maxFailedShare", settings.MaxFailedShare, "a number from 0 to 1");
    }

    private async Task<Result<BatchRow>> FindAsync(Actor actor, string id, ProjectRole role, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is not { } row) return Failure.NotFound("batch run", id);
        return (await db.ReadAsync(s => projects.RequireAsync(s, actor, row.ProjectId, role), cancellationToken)).Map(_ => row);
    }

    private static AuditEntry Entry(Actor actor, BatchRow row, string action)
        => new() { Actor = actor, Action = action, Project = row.Project, ResourceId = row.Id, Resource = row.Output, After = row.Describe() };

    private BatchRun Describe(BatchRow row)
    {
        var plan = row.PlanOf;
        var progress = row.StateOf == BatchState.Running ? worker.ProgressOf(row.Id) : null;
        var (rate, left) = progress?.Rate() ?? (null, null);
        return new BatchRun
        {
            Id = row.Id,
            Project = row.Project,
            State = row.StateOf,
            Message = progress?.Waiting ?? row.Message,
            Endpoint = row.Endpoint,
            EndpointId = row.EndpointId,
            Model = row.Model,
            Version = row.Version,
            Input = row.Input,
            InputId = row.InputId,
            InputVersion = row.InputVersion,
            Output = row.Output,
            Result = Json.Read<BatchResult>(row.Result),
            Columns = plan.Columns,
            Keep = plan.Keep,
            Settings = plan.Settings,
            Rows = row.RowCount,
            Done = progress?.Done ?? row.Done,
            Failed = progress?.Failed ?? row.Failed,
            RowsPerSecond = rate,
            SecondsLeft = left,
            CreatedAt = Instants.FromMicros(row.CreatedAt),
            CreatedBy = row.UserName,
            StartedAt = Instants.FromMicros(row.StartedAt),
            EndedAt = Instants.FromMicros(row.EndedAt),
        };
    }

    /// <summary>What is known of the model; null for nothing.</summary>
    private sealed record Known(ModelSignature? Signature);
}
