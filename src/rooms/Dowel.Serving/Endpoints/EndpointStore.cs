using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Serving.Deployments;

namespace Dowel.Serving.Endpoints;

/// <summary>A row of <c>serving_endpoints</c>.</summary>
internal sealed class EndpointRow
{
    public string Id { get; set; } = "";
    public string? FeaturesView { get; set; }
    public string? FeaturesName { get; set; }
    public string OnMissing { get; set; } = "error";
    public bool Stopped { get; set; }
    public string? Limits { get; set; }
    public string? Ingress { get; set; }
    /// <summary>Ids of the projects that <see cref="Ingress"/> names.</summary>
    public string? IngressProjects { get; set; }

    public EndpointLimits? LimitsOf => Json.Read<EndpointLimits>(Limits);
    public IngressPolicy? IngressOf => Json.Read<IngressPolicy>(Ingress);
    public string[] IngressProjectIds => Json.Read<string[]>(IngressProjects) ?? [];

    public FeatureJoin? Join => FeaturesView is null ? null : new FeatureJoin { View = FeaturesName ?? FeaturesView, OnMissing = Enum.Parse<MissingFeaturesPolicy>(OnMissing, ignoreCase: true) };
}

/// <summary>A row of <c>serving_deployments</c>.</summary>
internal sealed class DeploymentRow
{
    public string Id { get; set; } = "";
    public string EndpointId { get; set; } = "";
    public string Name { get; set; } = "";
    public string ModelId { get; set; } = "";
    public string Model { get; set; } = "";
    public int Version { get; set; }
    public string? Alias { get; set; }
    public string Runtime { get; set; } = "";
    public int Replicas { get; set; }
    public int Traffic { get; set; }
    /// <summary>Whether it was put beside the others, and replaces none of them once it is ready.</summary>
    public bool Beside { get; set; }
    /// <summary>What is deployed in place of a model version, with its secrets encrypted; null for a model version.</summary>
    public string? Source { get; set; }
    public string? Settings { get; set; }
    /// <summary>What callers send and get, as it was when it was loaded last.</summary>
    public string? Signature { get; set; }
    public long CreatedAt { get; set; }

    /// <summary>What the model source resolves it by: the id is stable under renames; a plain folder has only its name.</summary>
    public string ModelReference => ModelId.Length > 0 ? ModelId : Model;

    /// <summary>Whether it may stand without its model until somebody asks: it is let go of when it is idle, and has answered before.</summary>
    public bool MayBeIdle => this is { Traffic: > 0, Signature: not null, SettingsOf.Scaling: { Min: 0 } };

    public DeploymentSource SourceOf => Json.Read<DeploymentSource>(Source) ?? new DeploymentSource();
    public DeploymentSettings SettingsOf => Json.Read<DeploymentSettings>(Settings) ?? new DeploymentSettings();

    public object Describe() => new { Name, Model, Version, Alias, Runtime, Replicas, Traffic, Settings = SettingsOf, Source = SourceOf.WithoutSecrets() };
}

/// <summary>Endpoints and deployments in the relational database.</summary>
internal sealed class EndpointStore(IDb db)
{
    public Task InsertAsync(DbSession session, EndpointRow row) => session.ExecuteAsync(
        """
        INSERT INTO serving_endpoints (id, features_view, features_name, on_missing, stopped, limits, ingress, ingress_projects)
        VALUES (@Id, @FeaturesView, @FeaturesName, @OnMissing, @Stopped, @Limits, @Ingress, @IngressProjects)
        """, row);

    public Task UpdateAsync(DbSession session, EndpointRow row) => session.ExecuteAsync(
        """
        UPDATE serving_endpoints SET features_view = @FeaturesView, features_name = @FeaturesName, on_missing = @OnMissing, stopped = @Stopped, limits = @Limits, ingress = @Ingress, ingress_projects = @IngressProjects
        WHERE id = @Id
        """, row);

    public Task InsertAsync(DbSession session, DeploymentRow row) => session.ExecuteAsync("""
        INSERT INTO serving_deployments (id, endpoint_id, name, model_id, model, version, alias, runtime, replicas, traffic, beside, source, settings, created_at)
        VALUES (@Id, @EndpointId, @Name, @ModelId, @Model, @Version, @Alias, @Runtime, @Replicas, @Traffic, @Beside, @Source, @Settings, @CreatedAt)
        """, row);

    /// <summary>Keeps what callers send and get, for when the model is let go of.</summary>
    public Task SetSignatureAsync(DbSession session, string deploymentId, string signature)
        => session.ExecuteAsync("UPDATE serving_deployments SET signature = @signature WHERE id = @deploymentId", new { deploymentId, signature });

    /// <summary>Gives all traffic to one deployment and removes the older ones of its endpoint; false if it is gone itself.</summary>
    public async Task<bool> PromoteAsync(DbSession session, string endpointId, string deploymentId)
    {
        // A newer one may have replaced it while it was loading.
        if (await session.ExecuteAsync("UPDATE serving_deployments SET traffic = 100 WHERE id = @deploymentId", new { deploymentId }) == 0) return false;
        await session.ExecuteAsync("""
            DELETE FROM serving_deployments WHERE endpoint_id = @endpointId AND id <> @deploymentId
            AND created_at <= (SELECT created_at FROM serving_deployments WHERE id = @deploymentId)
            """, new { endpointId, deploymentId });
        return true;
    }

    public Task SetTrafficAsync(DbSession session, string deploymentId, int traffic)
        => session.ExecuteAsync("UPDATE serving_deployments SET traffic = @traffic WHERE id = @deploymentId", new { deploymentId, traffic });

    public Task RemoveDeploymentAsync(DbSession session, string deploymentId)
        => session.ExecuteAsync("DELETE FROM serving_deployments WHERE id = @deploymentId", new { deploymentId });

    public async Task DeleteAsync(DbSession session, string endpointId)
    {
        await session.ExecuteAsync("DELETE FROM serving_deployments WHERE endpoint_id = @endpointId", new { endpointId });
        await session.ExecuteAsync("DELETE FROM serving_endpoints WHERE id = @endpointId", new { endpointId });
    }

    public static Task<EndpointRow?> FindAsync(DbSession session, string id)
        => session.FirstAsync<EndpointRow>("SELECT * FROM serving_endpoints WHERE id = @id", new { id });

    public static Task<IReadOnlyList<DeploymentRow>> DeploymentsAsync(DbSession session, string endpointId)
        => session.QueryAsync<DeploymentRow>("SELECT * FROM serving_deployments WHERE endpoint_id = @endpointId ORDER BY created_at, id", new { endpointId });

    /// <summary>Everything, with the names of the endpoints and their projects, for the start.</summary>
    public Task<IReadOnlyList<(string Name, string Project, EndpointRow Endpoint, IReadOnlyList<DeploymentRow> Deployments)>> AllAsync(CancellationToken cancellationToken) => db.ReadAsync(async s =>
    {
        var names = (await s.QueryAsync<NameRow>("SELECT r.id, r.name, p.name AS project FROM kernel_resources r JOIN kernel_projects p ON p.id = r.project_id WHERE r.kind = 'endpoint'")).ToDictionary(r => r.Id);
        var deployments = (await s.QueryAsync<DeploymentRow>("SELECT * FROM serving_deployments ORDER BY created_at, id")).ToLookup(d => d.EndpointId);
        var endpoints = await s.QueryAsync<EndpointRow>("SELECT * FROM serving_endpoints");
        return (IReadOnlyList<(string, string, EndpointRow, IReadOnlyList<DeploymentRow>)>)[.. endpoints.Where(e => names.ContainsKey(e.Id))
            .Select(e => (names[e.Id].Name, names[e.Id].Project, e, (IReadOnlyList<DeploymentRow>)[.. deployments[e.Id]]))];
    }, cancellationToken);

    /// <summary>The ids of the projects and which of the users there are, of those that a policy names.</summary>
    public static async Task<(Dictionary<string, string> Projects, HashSet<string> Users)> IdsAsync(DbSession session, IngressPolicy policy)
    {
        var projects = await session.QueryAsync<NameRow>("SELECT id, name, '' AS project FROM kernel_projects WHERE name IN @names", new { names = policy.Projects });
        var users = await session.QueryAsync<NameRow>("SELECT id, name, '' AS project FROM kernel_users WHERE name IN @names", new { names = policy.Users });
        return (projects.ToDictionary(p => p.Name, p => p.Id), [.. users.Select(u => u.Name)]);
    }

    private sealed class NameRow
    {
        public string Id { get; set; } = "";
        public string Name { get; set; } = "";
        public string Project { get; set; } = "";
    }
}
