using Dowel.Experiments.Datasets;
using Dowel.Kernel.Relational;

namespace Dowel.Experiments.Runs;

/// <summary>Makes runs of rows, with all that was logged to them.</summary>
internal static class RunReader
{
    private const string OneSql = $"SELECT {RunRow.Columns} FROM experiments_runs r JOIN experiments_experiments e ON e.no = r.experiment_no WHERE r.id = @p0";

    /// <summary>The row of a run, or null.</summary>
    public static async Task<RunRow?> RowAsync(DbSession session, string runId)
    {
        await using var reader = await session.Prepare(OneSql).With(runId).ReadAsync();
        return !await reader.ReadAsync() ? null : new RunRow
        {
            No = reader.GetInt64(0),
            Id = reader.GetString(1),
            ExperimentNo = reader.GetInt64(2),
            ExperimentId = reader.GetString(3),
            ArtifactLocation = reader.GetString(4),
            Name = reader.GetString(5),
            Status = reader.GetString(6),
            UserName = reader.GetString(7),
            StartedAt = reader.GetInt64(8),
            EndedAt = reader.IsDBNull(9) ? null : reader.GetInt64(9),
            DeletedAt = reader.IsDBNull(10) ? null : reader.GetInt64(10),
            Inputs = reader.GetString(11),
        };
    }

    /// <summary>One run whole, by prepared statements.</summary>
    public static async Task<RunData> ReadAsync(DbSession session, RunRow row)
    {
        var run = new RunData(row);
        await PairsAsync(session, "experiments_params", row.No, run.Params);
        await PairsAsync(session, "experiments_tags", row.No, run.Tags);
        run.Inputs = (await RunInputs.ReadAsync(session, [row]))[row.No];
        await using var reader = await session.Prepare("SELECT n.name, m.value, m.is_nan, m.step, m.at FROM experiments_metrics m JOIN experiments_names n ON n.no = m.name_no WHERE m.run_no = @p0 ORDER BY n.name").With(row.No).ReadAsync();
        while (await reader.ReadAsync())
            run.Metrics.Add(new LastMetric(reader.GetString(0), reader.GetInt16(2) != 0 ? double.NaN : reader.GetDouble(1), reader.GetInt64(3), reader.GetInt64(4)));
        return run;
    }

    /// <summary>A page of runs whole, in the order given: five statements whatever their number.</summary>
    public static async Task<IReadOnlyList<RunData>> ReadAsync(DbSession session, IReadOnlyList<RunRow> rows)
    {
        if (rows.Count == 0) return [];
        if (rows.Count == 1) return [await ReadAsync(session, rows[0])];
        var runs = rows.ToDictionary(r => r.No, r => new RunData(r));
        // Numbers of our own, so they may stand in the text; a thousand parameters would cost more than the rows.
        var ids = string.Join(',', runs.Keys);
        foreach (var row in await session.QueryAsync<ValueRow>($"SELECT v.run_no, n.name, v.value FROM experiments_params v JOIN experiments_names n ON n.no = v.name_no WHERE v.run_no IN ({ids})"))
            runs[row.RunNo].Params.Add(new(row.Name, row.Value));
        foreach (var row in await session.QueryAsync<ValueRow>($"SELECT v.run_no, n.name, v.value FROM experiments_tags v JOIN experiments_names n ON n.no = v.name_no WHERE v.run_no IN ({ids})"))
            runs[row.RunNo].Tags.Add(new(row.Name, row.Value));
        foreach (var row in await session.QueryAsync<MetricRow>($"SELECT m.run_no, n.name, m.value, m.is_nan, m.step, m.at FROM experiments_metrics m JOIN experiments_names n ON n.no = m.name_no WHERE m.run_no IN ({ids})"))
            runs[row.RunNo].Metrics.Add(new LastMetric(row.Name, row.IsNan != 0 ? double.NaN : row.Value, row.Step, row.At));
        var inputs = await RunInputs.ReadAsync(session, rows);
        foreach (var run in runs.Values)
        {
            run.Inputs = inputs[run.Row.No];
            run.Params.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
            run.Tags.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
            run.Metrics.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        }
        return [.. rows.Select(r => runs[r.No])];
    }

    private static async Task PairsAsync(DbSession session, string table, long runNo, List<KeyValuePair<string, string>> pairs)
    {
        await using var reader = await session.Prepare($"SELECT n.name, v.value FROM {table} v JOIN experiments_names n ON n.no = v.name_no WHERE v.run_no = @p0 ORDER BY n.name").With(runNo).ReadAsync();
        while (await reader.ReadAsync()) pairs.Add(new(reader.GetString(0), reader.GetString(1)));
    }

    private sealed class ValueRow
    {
        public long RunNo { get; set; }
        public string Name { get; set; } = "";
        public string Value { get; set; } = "";
    }

    private sealed class MetricRow
    {
        public long RunNo { get; set; }
        public string Name { get; set; } = "";
        public double Value { get; set; }
        public long IsNan { get; set; }
        public long Step { get; set; }
        public long At { get; set; }
    }
}
