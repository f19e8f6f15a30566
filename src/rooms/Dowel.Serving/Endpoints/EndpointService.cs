using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Serving.Deployments;
using Dowel.Serving.Gateway;

namespace Dowel.Serving.Endpoints;

/// <summary>Makes, changes and removes endpoints.</summary>
internal sealed class EndpointService(IDb db, EndpointStore store, EndpointTable table, DeploymentPlanner planner, EndpointSupervisor supervisor, DeploymentLogs logs,
    IResourceService resources, ILineage lineage, TimeProvider time)
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
            Limits = live.Row.LimitsOf,
            Ingress = live.Row.IngressOf,
            Signature = shown?.Signature,
            InputExample = shown?.Signature is { } signature ? Example(signature, shown.Loaded?.Artifact) : null,
            Deployments = [.. live.Deployments.Select(d => Describe(live, d))],
        };
    }

    private Deployment Describe(LiveEndpoint live, LiveDeployment d)
    {
        var source = d.Row.SourceOf.WithoutSecrets();
        return new Deployment
        {
            Id = d.Row.Id,
            Name = d.Row.Name,
            Model = d.Row.Model,
            Version = d.Row.Version,
            Alias = d.Row.Alias,
            Runtime = d.Row.Runtime,
            Replicas = d.Row.Replicas,
            Traffic = d.Row.Traffic,
            Container = source.Container,
            Remote = source.Remote,
            Graph = source.Graph,
            Settings = d.Row.SettingsOf,
            ReadyReplicas = d.Loaded is null ? 0 : d.Loaded.IsShared ? d.Row.Replicas : d.Loaded.Replicas.Available,
            State = live.Row.Stopped ? DeploymentState.Stopped : d.State,
            Message = d.Message ?? (d.State == DeploymentState.Loading && !live.Row.Stopped ? logs.Of(d.Row.Id).Last : null),
            CreatedAt = Instants.FromMicros(d.Row.CreatedAt),
        };
    }

    public async Task<Result<Endpoint>> CreateAsync(Actor actor, CreateEndpoint body, CancellationToken cancellationToken)
    {
        if (NullCheck.Find(body.Deployment, "deployment") is { } missing) return missing;
        if (NullCheck.Find(body.Ingress, "ingress") is { } gap) return gap;
        var planned = await planner.PlanAsync(actor, body.Deployment, null, body.Features, null, cancellationToken);
        if (!planned.TryGet(out var deployment, out var failure)) return failure;
        var endpoint = new EndpointRow { FeaturesView = deployment.ViewId, FeaturesName = body.Features?.View, OnMissing = PolicyOf(body.Features) };
        if (await SetPolicyAsync(endpoint, body.Limits, body.Ingress, cancellationToken) is { } wrong) return wrong;
        var created = await db.WriteAsync<Resource>(async s =>
        {
            var made = await resources.CreateAsync(s, actor, ResourceKind.Endpoint, body, new { Deployment = deployment.Row.Describe(), body.Features, body.Limits, body.Ingress });
            if (!made.TryGet(out var resource, out var refused)) return refused;
            endpoint.Id = deployment.Row.EndpointId = resource.Id;
            deployment.Row.Traffic = 100;
            await store.InsertAsync(s, endpoint);
            await store.InsertAsync(s, deployment.Row);
            await LinkAsync(s, endpoint, deployment.Row);
            s.AfterCommit(() =>
            {
                table.Put(new LiveEndpoint { Id = resource.Id, Name = resource.Name, Project = resource.Info.Project, Row = endpoint, Deployments = [new LiveDeployment { Row = deployment.Row }] }.WithPolicy());
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
        if (live is null) return Failure.NotFound("endpoint", resource.Name);

        if (patch.Deployment is not null && NullCheck.Find(patch.Deployment, "deployment") is { } missing) return missing;
        if (NullCheck.Find(patch.Ingress, "ingress") is { } gap) return gap;
        // Other features mean another input plan, so the deployment is made anew as well, of the same version.
        var otherView = patch.Features is { } f && (f.View != live.Row.FeaturesName || live.Row.FeaturesView is null);
        PlannedDeployment? planned = null;
        if ((patch.Deployment ?? (otherView ? new DeploymentSpec() : null)) is { } spec)
        {
            // Nothing but its settings: the same version again.
            if (current is { SourceOf.Kind: null } && spec is { Model: "", Version: null, Alias: null, Container: null, Remote: null, Graph: null, Observed: null }) spec = spec with { Version = current.Version, AllowRefused = true };
            var result = await planner.PlanAsync(actor, spec, resource.Id, patch.Features ?? (live.Row.FeaturesView is { } id ? new FeatureJoin { View = id } : null), current, cancellationToken);
            if (!result.TryGet(out planned, out var failure)) return failure;
            planned.Row.EndpointId = resource.Id;
            for (var n = 2; live.Deployments.Any(d => d.Row.Name == planned.Row.Name && planned.Row.Beside); n++) planned.Row.Name = $"{planned.Row.Name.Split('~')[0]}~{n}";
        }
        if (!TrafficChange.Create(live, patch).TryGet(out var traffic, out var unfit)) return unfit;
        var row = new EndpointRow
        {
            Id = resource.Id,
            FeaturesView = patch.Features is null ? live.Row.FeaturesView : planned?.ViewId ?? live.Row.FeaturesView,
            FeaturesName = patch.Features?.View ?? live.Row.FeaturesName,
            OnMissing = patch.Features is null ? live.Row.OnMissing : PolicyOf(patch.Features),
            Stopped = patch.Stopped ?? live.Row.Stopped,
            Limits = live.Row.Limits,
            Ingress = live.Row.Ingress,
            IngressProjects = live.Row.IngressProjects,
        };
        if (await SetPolicyAsync(row, patch.Limits, patch.Ingress, cancellationToken) is { } wrong) return wrong;

        var updated = await db.WriteAsync<Resource>(async s =>
        {
            var done = await resources.UpdateAsync(s, actor, resource, patch, ifRevision,
                new { Deployment = current?.Describe(), Traffic = TrafficChange.Describe(live), Features = live.Row.Join, live.Row.Stopped, Limits = live.Row.LimitsOf, Ingress = live.Row.IngressOf },
                new { Deployment = (planned?.Row ?? current)?.Describe(), Traffic = TrafficChange.Describe(live, traffic), Features = row.Join, row.Stopped, Limits = row.LimitsOf, Ingress = row.IngressOf });
            if (!done.TryGet(out var changed, out var refused)) return refused;
            await store.UpdateAsync(s, row);
            await traffic.SaveAsync(s, store, live);
            if (planned is not null) await store.InsertAsync(s, planned.Row);
            if ((planned?.Row ?? current) is { } linked) await LinkAsync(s, row, linked);
            s.AfterCommit(() => Apply(changed.Name, row, planned?.Row, traffic));
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
            var removed = table.Remove(resource.Id);
            removed?.Limiter?.DisposeLater(time);
            foreach (var deployment in removed?.Deployments ?? []) supervisor.Remove(deployment);
        });
        return deleted;
    }, cancellationToken);

    private void Apply(string name, EndpointRow row, DeploymentRow? added, TrafficChange traffic)
    {
        var wasStopped = false;
        IReadOnlyList<LiveDeployment> released = [];
        var removed = new List<LiveDeployment>();
        var limiter = table.FindById(row.Id)?.Limiter;
        table.Change(row.Id, e =>
        {
            wasStopped = e.Row.Stopped;
            e = traffic.Apply(e, removed);
            var deployments = added is null ? e.Deployments : e.Deployments.Add(new LiveDeployment { Row = added });
            released = row.Stopped ? [.. deployments.Where(d => d.Loaded is not null)] : [];
            if (row.Stopped || wasStopped) deployments = [.. deployments.Select(d => d with { State = DeploymentState.Loading, Loaded = null })];
            return (e with { Name = name, Row = row, Deployments = deployments }).WithPolicy();
        });
        if (limiter is not null && table.FindById(row.Id)?.Limiter != limiter) limiter.DisposeLater(time);
        foreach (var deployment in removed) supervisor.Remove(deployment);
        foreach (var deployment in released) _ = supervisor.DrainAsync(deployment);
        if (row.Stopped) return;
        foreach (var deployment in table.FindById(row.Id)?.Deployments ?? [])
            if (deployment.Row.Id == added?.Id || wasStopped) supervisor.Load(row.Id, deployment.Row.Id);
    }

    private async Task<Failure?> SetPolicyAsync(EndpointRow row, EndpointLimits? limits, IngressPolicy? ingress, CancellationToken cancellationToken)
    {
        if (limits is not null)
        {
            if (SettingsCheck.Of(limits) is { } wrong) return wrong;
            row.Limits = Json.Write(limits);
        }
        if (ingress is null) return null;
        if (Ingress.Check(ingress) is { } range) return range;
        var ids = await db.ReadAsync(s => EndpointStore.IdsAsync(s, ingress), cancellationToken);
        if (ingress.Projects.FirstOrDefault(p => !ids.Projects.ContainsKey(p)) is { } project) return Failure.Invalid("ingress.projects", project, "the name of a project");
        if (ingress.Users.FirstOrDefault(u => !ids.Users.Contains(u)) is { } user) return Failure.Invalid("ingress.users", user, "the name of a user");
        row.Ingress = Json.Write(ingress);
        row.IngressProjects = Json.Write(ingress.Projects.Select(p => ids.Projects[p]).ToArray());
        return null;
    }

    private async Task LinkAsync(DbSession session, EndpointRow endpoint, DeploymentRow deployment)
    {
        await lineage.RemoveAsync(session, endpoint.Id, "serves");
        await lineage.RemoveAsync(session, endpoint.Id, "joins");
        if (deployment.ModelId.Length > 0)
            await lineage.AddAsync(session, deployment.ModelId, deployment.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), endpoint.Id, "", "serves");
        if (endpoint.FeaturesView is { } view) await lineage.AddAsync(session, view, "", endpoint.Id, "", "joins");
    }

    private static Dictionary<string, object?[]> Example(ModelSignature signature, ModelArtifact? artifact)
    {
        var example = artifact?.InputExample ?? new Dictionary<string, object?[]>();
        return signature.Inputs.ToDictionary(i => i.Name,
            i => example.TryGetValue(i.Name, out var values) ? values : [i.Datatype == "BYTES" ? "1" : i.Datatype == "BOOL" ? false : (object)1L]);
    }

    private static string PolicyOf(FeatureJoin? join) => (join?.OnMissing ?? MissingFeaturesPolicy.Error).ToString().ToLowerInvariant();
}
