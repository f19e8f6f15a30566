using System.Text.Json;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Relational;

namespace Dowel.Experiments.Datasets;

/// <summary>A dataset that a run read, as MLflow's clients describe it.</summary>
internal sealed record DatasetInput(string Name, string Digest, string SourceType, string Source, string? Schema, string? Profile, IReadOnlyList<KeyValuePair<string, string>> Tags);

/// <summary>A model that a run made, and at which step.</summary>
internal readonly record struct ModelOutput(string ModelId, long Step, string? Name = null);

/// <summary>What a run read and made: datasets and logged models.</summary>
internal sealed class RunInputs
{
    private const string DatasetSql = "SELECT i.run_no, d.name, d.digest, d.source_type, d.source, d.schema, d.profile, i.tags FROM experiments_inputs i JOIN experiments_datasets d ON d.no = i.dataset_no WHERE i.run_no";
    private const string ModelSql = "SELECT x.run_no, x.model_id, x.role, x.step, m.name FROM experiments_run_models x LEFT JOIN experiments_models m ON m.id = x.model_id WHERE x.run_no";

    public List<DatasetInput> Datasets { get; } = [];
    public List<string> Models { get; } = [];
    public List<ModelOutput> Outputs { get; } = [];

    /// <summary>Those of runs, by their numbers; every run has one.</summary>
    public static async Task<IReadOnlyDictionary<long, RunInputs>> ReadAsync(DbSession session, IReadOnlyCollection<RunRow> runs)
    {
        var inputs = runs.ToDictionary(r => r.No, _ => new RunInputs());
        if (inputs.Count == 0) return inputs;
        // One run by prepared statements; of many, numbers of our own may stand in the text.
        var one = inputs.Count == 1 ? runs.First().No : (long?)null;
        var which = one is null ? $" IN ({string.Join(',', inputs.Keys)})" : " = @p0";
        PreparedStatement Statement(string sql) => one is null ? session.Prepare(sql) : session.Prepare(sql).With(one);
        await using (var reader = await Statement($"{DatasetSql}{which} ORDER BY i.run_no, d.no").ReadAsync())
        {
            string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
            while (await reader.ReadAsync())
                inputs[reader.GetInt64(0)].Datasets.Add(new DatasetInput(reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), Text(5), Text(6), ReadTags(reader.GetString(7))));
        }
        await using (var reader = await Statement($"{ModelSql}{which} ORDER BY x.run_no, x.step, x.model_id").ReadAsync())
        {
            while (await reader.ReadAsync())
                if (reader.GetString(2) == "input") inputs[reader.GetInt64(0)].Models.Add(reader.GetString(1));
                else inputs[reader.GetInt64(0)].Outputs.Add(new ModelOutput(reader.GetString(1), reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetString(4)));
        }
        return inputs;
    }

    /// <summary>Tags as a row keeps them: in the order in which they came.</summary>
    public static string WriteTags(IReadOnlyList<KeyValuePair<string, string>> tags) => JsonSerializer.Serialize(tags.Select(t => new[] { t.Key, t.Value }));

    private static IReadOnlyList<KeyValuePair<string, string>> ReadTags(string json) => [.. JsonSerializer.Deserialize<string[][]>(json)!.Select(t => new KeyValuePair<string, string>(t[0], t[1]))];
}
