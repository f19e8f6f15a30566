using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;

namespace Dowel.Kernel.Lineage;

/// <inheritdoc cref="ILineage"/>
internal sealed class LineageService(IDb db, IResourceService resources, TimeProvider time) : ILineage
{
    private const int MostEdges = 500;

    public Task AddAsync(DbSession session, string fromId, string fromVersion, string toId, string toVersion, string relation)
        => session.ExecuteAsync("""
            INSERT INTO kernel_lineage (from_id, from_version, to_id, to_version, relation, at)
            VALUES (@fromId, @fromVersion, @toId, @toVersion, @relation, @at) ON CONFLICT DO NOTHING
            """, new { fromId, fromVersion, toId, toVersion, relation, at = time.NowMicros() });

    public Task RemoveAsync(DbSession session, string toId, string relation)
        => session.ExecuteAsync("DELETE FROM kernel_lineage WHERE to_id = @toId AND relation = @relation", new { toId, relation });

    public async Task AddReferencesAsync(DbSession session, Actor actor, IEnumerable<string> references, string toId, string toVersion, string relation)
    {
        foreach (var reference in references)
        {
            var kind = reference.Split(':', 2)[0] switch
            {
                "dataset" => ResourceKind.Dataset,
                "features" => ResourceKind.FeatureView,
                "experiment" => ResourceKind.Experiment,
                "model" => ResourceKind.Model,
                _ => null,
            };
            if (kind is null || !reference.Contains(':')) continue;
            var name = reference.Split(':', 2)[1];
            var version = "";
            if (name.LastIndexOf('@') is var at and > 0) (name, version) = (name[..at], name[(at + 1)..]);
            var parts = name.Split('.', 2);
            // Only what the actor may see: an edge must not tell whether a hidden thing exists.
            var ids = await session.QueryAsync<string>("""
                SELECT r.id FROM kernel_resources r JOIN kernel_projects p ON p.id = r.project_id
                WHERE r.kind = @kind AND (r.id = @name OR r.name = @name OR (p.name = @project AND r.name = @rest)) ORDER BY r.id
                """, new { kind = kind.Name, name, project = parts.Length == 2 ? parts[0] : "", rest = parts.Length == 2 ? parts[1] : "" });
            foreach (var id in ids)
                if (await resources.GetAsync(actor, id) is { Info.Access: > Permission.None })
                {
                    await AddAsync(session, id, version, toId, toVersion, relation);
                    break;
                }
        }
    }

    public async Task<IReadOnlyList<LineageEdge>> AroundAsync(Actor actor, string resourceId, string? version, int depth, CancellationToken cancellationToken)
    {
        var edges = new Dictionary<(string, string, string, string, string), EdgeRow>();
        // Two walks, upstream and downstream: what went into it, and what came of it; not what else came of its sources.
        // Where an edge names a version, the walk goes on from that version alone; an edge without one is of them all.
        foreach (var upstream in new[] { true, false })
        {
            HashSet<(string Id, string Version)> seen = [(resourceId, version ?? "")];
            List<(string Id, string Version)> frontier = [.. seen];
            for (var step = 0; step < depth && frontier.Count > 0 && edges.Count < MostEdges; step++)
            {
                var next = new List<(string Id, string Version)>();
                foreach (var (id, at) in frontier)
                {
                    var end = upstream ? "to" : "from";
                    var sql = $"SELECT * FROM kernel_lineage WHERE {end}_id = @id AND (@at = '' OR {end}_version IN (@at, '')) ORDER BY at LIMIT {MostEdges}";
                    foreach (var e in await db.ReadAsync(s => s.QueryAsync<EdgeRow>(sql, new { id, at }), cancellationToken))
                    {
                        edges.TryAdd((e.FromId, e.FromVersion, e.ToId, e.ToVersion, e.Relation), e);
                        var other = upstream ? (e.FromId, e.FromVersion) : (e.ToId, e.ToVersion);
                        if (seen.Add(other)) next.Add(other);
                    }
                }
                frontier = next;
            }
        }

        var nodes = new Dictionary<string, Resource?>();
        foreach (var id in edges.Values.SelectMany(e => new[] { e.FromId, e.ToId }).Distinct())
            nodes[id] = await resources.GetAsync(actor, id, cancellationToken);
        LineageNode Node(string id, string version) => nodes[id] switch
        {
            null => new LineageNode { Kind = KindOf(id), Name = "(deleted)", Version = version },
            { Info.Access: Permission.None } hidden => new LineageNode { Kind = hidden.Info.Kind, Name = "(hidden)" },
            var r => new LineageNode { Id = id, Kind = r.Info.Kind, Name = r.Name, Version = version.Length > 0 ? version : null },
        };
        return [.. edges.Values.OrderBy(e => e.At).Select(e => new LineageEdge { From = Node(e.FromId, e.FromVersion), To = Node(e.ToId, e.ToVersion), Relation = e.Relation, At = Instants.FromMicros(e.At) })];
    }

    private static string KindOf(string id)
        => new[] { ResourceKind.Dataset, ResourceKind.FeatureView, ResourceKind.Experiment, ResourceKind.Model, ResourceKind.Endpoint }.FirstOrDefault(k => id.StartsWith(k.Prefix + "_", StringComparison.Ordinal))?.Name ?? "";

    private sealed class EdgeRow
    {
        public string FromId { get; set; } = "";
        public string FromVersion { get; set; } = "";
        public string ToId { get; set; } = "";
        public string ToVersion { get; set; } = "";
        public string Relation { get; set; } = "";
        public long At { get; set; }
    }
}
