using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Search;

/// <summary>A model as MLflow shows it: with the newest version of each stage.</summary>
internal sealed record ModelCard(
    string Id, string Name, string Description, IReadOnlyDictionary<string, string> Tags, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, IReadOnlyList<ModelVersion> Latest, IReadOnlyList<KeyValuePair<string, long>> Aliases)
{
    /// <summary>The cards of models, in the order of their rows.</summary>
    public static async Task<IReadOnlyList<ModelCard>> ReadAsync(DbSession session, IReadOnlyList<CardRow> rows)
    {
        if (rows.Count == 0) return [];
        var ids = new { ids = rows.Select(r => r.Id).ToArray() };
        var names = rows.ToDictionary(r => r.Id, r => r.Name);
        var latest = await session.QueryAsync<VersionRow>("""
            SELECT v.* FROM registry_versions v
            JOIN (SELECT model_id, stage, MAX(number) AS number FROM registry_versions WHERE model_id IN @ids GROUP BY model_id, stage) n ON n.model_id = v.model_id AND n.number = v.number
            ORDER BY v.number
            """, ids);
        var versions = (await VersionReader.ReadAsync(session, latest, v => names[v.ModelId], whole: false)).ToLookup(v => v.ModelId);
        var aliases = (await session.QueryAsync<AliasRow>("SELECT model_id, alias, number FROM registry_aliases WHERE model_id IN @ids ORDER BY alias", ids)).ToLookup(a => a.ModelId);
        return [.. rows.Select(r => new ModelCard(
            r.Id, r.Name, r.Description, JsonSerializer.Deserialize<Dictionary<string, string>>(r.Tags) ?? [], Instants.FromMicros(r.CreatedAt), Instants.FromMicros(r.UpdatedAt),
            [.. versions[r.Id]], [.. aliases[r.Id].Select(a => KeyValuePair.Create(a.Alias, a.Number))]))];
    }

    private sealed class AliasRow
    {
        public string ModelId { get; set; } = "";
        public string Alias { get; set; } = "";
        public long Number { get; set; }
    }
}

/// <summary>What <c>kernel_resources</c> says of a model.</summary>
internal sealed class CardRow
{
    public const string Columns = "r.id, r.name, r.description, r.tags, r.created_at, r.updated_at";

    public string Id { get; set; } = "";
    public string Name { get; set; } = "";
    public string Description { get; set; } = "";
    public string Tags { get; set; } = "{}";
    public long CreatedAt { get; set; }
    public long UpdatedAt { get; set; }
}
