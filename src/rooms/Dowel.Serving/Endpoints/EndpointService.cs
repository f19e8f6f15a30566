using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Endpoints;

/// <summary>Makes, changes and removes endpoints.</summary>
internal sealed class EndpointService(IDb db, EndpointStore store, EndpointTable table, EndpointLoader loader, EndpointSupervisor supervisor,
    IModelSource models, IResourceService resources, ILineage lineage, TimeProvider time)
{
    public async Task<Result<Page<Endpoint>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken)
        => (await resources.ListAsync(actor, ResourceKind.Endpoint, query, cancellationToken)).Map(page => new Page<Endpoint> { Items = [.. page.Items.Select(Describe)], NextCursor = page.NextCursor });

    /// <summary>The endpoint with the state it has in this process.</summary>
    public Endpoint Describe(Resource resource)
    {
        if (table.FindById(resource.Id) is not { } live) return new Endpoint(resource.Info) { State = DeploymentState.Failed };
        var shown = live.Active ?? live.Deployments.LastOrDefault();
        return new Endpoint(resource.Info)
        {
            State = live.State,
            PredictionPath = $"/v2/models/{Uri.EscapeDataString(live.Name)}/infer",
            Features = live.Row.Join,
            Signature = shown?.Loaded?.Inputs.CallerSignature,
            InputExample = shown?.Loaded is { } loaded ? Example(loaded) : null,
            Deployments = [.. live.Deployments.Select(d => new Deployment
            {
                Id = d.Row.Id,
                Name = d.Row.Name,
                Model = d.Row.Model,
                Version = d.Row.Version,
                Alias = d.Row.Alias,
                Runtime = d.Row.Runtime,
                Replicas = d.Row.Replicas,
                Traffic = d.Row.Traffic,
                State = live.Row.Stopped ? DeploymentState.Stopped : d.State,
                Message = d.Message,
                CreatedAt = Instants.FromMicros(d.Row.CreatedAt),
            })],
        };
    }

    public async Task<Result<Endpoint>> CreateAsync(Actor actor, CreateEndpoint body, CancellationToken cancellationToken)
    {
        var prepared = await PrepareAsync(actor, body.Deployment, body.Features, cancellationToken);
        if (!prepared.TryGet(out var deployment, out var failure)) return failure;
        var endpoint = new EndpointRow { FeaturesView = deployment.ViewId, FeaturesName = body.Features?.View, OnMissing = PolicyOf(body.Features) };
        var created = await db.WriteAsync<Resource>(async s =>
        {
            var made = await resources.CreateAsync(s, actor, ResourceKind.Endpoint, body, new { Deployment = deployment.Row.Describe(), body.Features });
            if (!made.TryGet(out var resource, out var refused)) return refused;
            endpoint.Id = deployment.Row.EndpointId = resource.Id;
            deployment.Row.Traffic = 100;
            await store.InsertAsync(s, endpoint);
            await store.InsertAsync(s, deployment.Row);
            await LinkAsync(s, endpoint, deployment.Row);
            s.AfterCommit(() =>
            {
                table.Put(new LiveEndpoint { Id = resource.Id, Name = resource.Name, Project = resource.Info.Project, Row = endpoint, Deployments = [new LiveDeployment { Row = deployment.Row }] });
                supervisor.Load(resource.Id, deployment.Row.Id);
            });
            return resource;
        }, cancellationToken);
        return created.Map(Describe);
    }

    public async Task<Result<Endpoint>> UpdateAsync(Actor actor, Resource resource, PatchEndpoint patch, long? ifRevision, CancellationToken cancellationToken)
    {
        var live = table.FindById(resource.Id);
        var current = live?.Deployments.LastOrDefault()?.Row;
        if (live is null || current is null) return Failure.NotFound("endpoint", resource.Name);

        // Other features mean another input plan, so the deployment is made anew as well, of the same version.
        var otherView = patch.Features is { } f && (f.View != live.Row.FeaturesName || live.Row.FeaturesView is null);
        var spec = patch.Deployment ?? (otherView ? new DeploymentSpec { Model = current.ModelReference, Version = current.Version, Replicas = current.Replicas, AllowRefused = true } : null);
        Prepared? prepared = null;
        if (spec is not null)
        {
            if (spec.Model.Length == 0) spec = spec with { Model = current.ModelReference };
            if (spec.Replicas is null) spec = spec with { Replicas = current.Replicas };
            var result = await PrepareAsync(actor, spec, patch.Features ?? (live.Row.FeaturesView is { } id ? new FeatureJoin { View = id } : null), cancellationToken);
            if (!result.TryGet(out prepared, out var failure)) return failure;
            prepared.Row.EndpointId = resource.Id;
            prepared.Row.CreatedAt = Math.Max(prepared.Row.CreatedAt, current.CreatedAt + 1);
        }
        var row = new EndpointRow
        {
            Id = resource.Id,
            FeaturesView = patch.Features is null ? live.Row.FeaturesView : prepared?.ViewId ?? live.Row.FeaturesView,
            FeaturesName = patch.Features?.View ?? live.Row.FeaturesName,
            OnMissing = patch.Features is null ? live.Row.OnMissing : PolicyOf(patch.Features),
            Stopped = patch.Stopped ?? live.Row.Stopped,
        };

        var updated = await db.WriteAsync<Resource>(async s =>
        {
            var done = await resources.UpdateAsync(s, actor, resource, patch, ifRevision,
                new { Deployment = current.Describe(), Features = live.Row.Join, live.Row.Stopped },
                new { Deployment = (prepared?.Row ?? current).Describe(), Features = row.Join, row.Stopped });
            if (!done.TryGet(out var changed, out var refused)) return refused;
            await store.UpdateAsync(s, row);
            if (prepared is not null) await store.InsertAsync(s, prepared.Row);
            await LinkAsync(s, row, prepared?.Row ?? current);
            s.AfterCommit(() => Apply(changed.Name, row, prepared?.Row));
            return changed;
        }, cancellationToken);
        return updated.Map(Describe);
    }

    public async Task<Result<Unit>> DeleteAsync(Actor actor, Resource resource, long? ifRevision, CancellationToken cancellationToken) => await db.WriteAsync<Unit>(async s =>
    {
        var deleted = await resources.DeleteAsync(s, actor, resource, ifRevision);
        if (!deleted.IsOk) return deleted;
        await store.DeleteAsync(s, resource.Id);
        s.AfterCommit(() =>
        {
            foreach (var deployment in table.Remove(resource.Id)?.Deployments ?? [])
                if (deployment.Loaded is { } loaded) _ = supervisor.DrainAsync(loaded);
        });
        return deleted;
    }, cancellationToken);

    private void Apply(string name, EndpointRow row, DeploymentRow? added)
    {
        var wasStopped = false;
        IReadOnlyList<LiveDeployment> released = [];
        table.Change(row.Id, e =>
        {
            wasStopped = e.Row.Stopped;
            var deployments = added is null ? e.Deployments : e.Deployments.Add(new LiveDeployment { Row = added });
            released = row.Stopped ? [.. deployments.Where(d => d.Loaded is not null)] : [];
            if (row.Stopped || wasStopped) deployments = [.. deployments.Select(d => d with { State = DeploymentState.Loading, Loaded = null })];
            return e with { Name = name, Row = row, Deployments = deployments };
        });
        foreach (var deployment in released) _ = supervisor.DrainAsync(deployment.Loaded!);
        if (row.Stopped) return;
        foreach (var deployment in table.FindById(row.Id)?.Deployments ?? [])
            if (deployment.Row.Id == added?.Id || wasStopped) supervisor.Load(row.Id, deployment.Row.Id);
    }

    private async Task<Result<Prepared>> PrepareAsync(Actor actor, DeploymentSpec spec, FeatureJoin? join, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(spec.Model)) return Failure.Invalid("deployment.model", spec.Model, "the name of a model");
        if (spec.Replicas is < 1 or > 64) return Failure.Invalid("deployment.replicas", spec.Replicas, "1 to 64");
        if (spec is { Version: not null, Alias: not null }) return Failure.Invalid("deployment.alias", spec.Alias, "either a version or an alias");
        var alias = spec.Version is null ? spec.Alias ?? "production" : null;
        var resolved = await models.ResolveAsync(actor, spec.Model, alias ?? spec.Version!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
        if (!resolved.TryGet(out var artifact, out var failure)) return failure;
        if (artifact.Refused.Count > 0 && !spec.AllowRefused)
            return new Failure(ErrorCodes.GateFailed with { Remedy = "Deploy a version that passed its gate, or this one all the same with allowRefused." },
                $"Version {artifact.Version} of '{artifact.Name}' was refused by its gate.", [.. artifact.Refused.Select(c => new FieldError(c.Name, c.Given, c.Expected))]);
        if (!loader.RuntimeOf(artifact.Flavor).TryGet(out var runtime, out failure)) return failure;

        string? viewId = null;
        if (join is not null)
        {
            if (artifact.Signature is null) return Failure.Invalid("features.view", join.View, "nothing, as the model has no signature that says which features it takes");
            var planned = await loader.PlanAsync(actor, artifact.Signature, join.View, cancellationToken);
            if (!planned.TryGet(out var plan, out failure)) return failure;
            viewId = plan.Features!.ViewId;
        }
        return new Prepared(new DeploymentRow
        {
            Id = Ids.New("dep"),
            Name = $"v{artifact.Version}",
            ModelId = artifact.ModelId,
            Model = artifact.Name,
            Version = artifact.Version,
            Alias = alias,
            Runtime = runtime.Flavor,
            Replicas = spec.Replicas ?? 1,
            CreatedAt = time.NowMicros(),
        }, viewId);
    }

    private async Task LinkAsync(DbSession session, EndpointRow endpoint, DeploymentRow deployment)
    {
        await lineage.RemoveAsync(session, endpoint.Id, "serves");
        await lineage.RemoveAsync(session, endpoint.Id, "joins");
        if (deployment.ModelId.Length > 0)
            await lineage.AddAsync(session, deployment.ModelId, deployment.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), endpoint.Id, "", "serves");
        if (endpoint.FeaturesView is { } view) await lineage.AddAsync(session, view, "", endpoint.Id, "", "joins");
    }

    private static Dictionary<string, object?[]> Example(LoadedDeployment loaded)
    {
        var example = loaded.Artifact.InputExample ?? new Dictionary<string, object?[]>();
        return loaded.Inputs.CallerSignature.Inputs.ToDictionary(i => i.Name,
            i => example.TryGetValue(i.Name, out var values) ? values : [i.Datatype == "BYTES" ? "1" : i.Datatype == "BOOL" ? false : (object)1L]);
    }

    private static string PolicyOf(FeatureJoin? join) => (join?.OnMissing ?? MissingFeaturesPolicy.Error).ToString().ToLowerInvariant();

    private sealed record Prepared(DeploymentRow Row, string? ViewId);
}
