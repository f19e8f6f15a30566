using Dowel.Contracts;
using Dowel.Kernel.Relational;

namespace Dowel.Experiments.LoggedModels;

/// <summary>Where a logged model stands.</summary>
internal static class LoggedModelStatus
{
    public const string Pending = "PENDING";
    public const string Ready = "READY";
    public const string Failed = "UPLOAD_FAILED";
}

/// <summary>A row of <c>experiments_models</c>, with its experiment.</summary>
internal sealed class LoggedModelRow
{
    /// <summary>The columns, of <c>experiments_models m</c> and <c>experiments_experiments e</c>.</summary>
    public const string Columns = "m.no, m.id, e.id AS experiment_id, e.artifact_location, m.name, m.source_run_id, m.status, m.model_type, m.created_at, m.updated_at, m.deleted_at";

    public const string From = "experiments_models m JOIN experiments_experiments e ON e.no = m.experiment_no";

    public long No { get; set; }
    public string Id { get; set; } = "";
    public string ExperimentId { get; set; } = "";
    public string ArtifactLocation { get; set; } = "";
    public string Name { get; set; } = "";
    public string SourceRunId { get; set; } = "";
    public string Status { get; set; } = "";
    public string ModelType { get; set; } = "";
    public long CreatedAt { get; set; }
    public long UpdatedAt { get; set; }
    public long? DeletedAt { get; set; }

    /// <summary>Where its artifacts are, as MLflow's clients name it.</summary>
    public string ArtifactUri => $"{ArtifactLocation.TrimEnd('/')}/models/{Id}/artifacts";
}

/// <summary>A logged model with all that was logged to it.</summary>
internal sealed class LoggedModel(LoggedModelRow row)
{
    public LoggedModelRow Row { get; } = row;
    public List<KeyValuePair<string, string>> Params { get; } = [];
    public List<KeyValuePair<string, string>> Tags { get; } = [];
    public List<ModelMetric> Metrics { get; } = [];

    /// <summary>Makes models of rows.</summary>
    public static async Task<IReadOnlyList<LoggedModel>> ReadAsync(DbSession session, IReadOnlyList<LoggedModelRow> rows)
    {
        if (rows.Count == 0) return [];
        var models = rows.ToDictionary(r => r.No, r => new LoggedModel(r));
        // Numbers of our own, so they may stand in the text.
        var nos = string.Join(',', models.Keys);
        foreach (var p in await session.QueryAsync<PairRow>($"SELECT model_no, name, value FROM experiments_model_params WHERE model_no IN ({nos})")) models[p.ModelNo].Params.Add(new(p.Name, p.Value));
        foreach (var t in await session.QueryAsync<PairRow>($"SELECT model_no, name, value FROM experiments_model_tags WHERE model_no IN ({nos})")) models[t.ModelNo].Tags.Add(new(t.Name, t.Value));
        foreach (var m in await session.QueryAsync<MetricRow>($"SELECT model_no, name, run_id, dataset_name, dataset_digest, value, is_nan, step, at FROM experiments_model_metrics WHERE model_no IN ({nos})"))
            models[m.ModelNo].Metrics.Add(new ModelMetric(models[m.ModelNo].Row.Id, m.Name, m.IsNan != 0 ? double.NaN : m.Value, m.Step, m.At, m.RunId, m.DatasetName, m.DatasetDigest));
        foreach (var model in models.Values)
        {
            model.Params.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
            model.Tags.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
            model.Metrics.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key) is not 0 and var byKey ? byKey : (a.At, a.Step).CompareTo((b.At, b.Step)));
        }
        return [.. rows.Select(r => models[r.No])];
    }

    public LoggedModelInfo ToInfo() => new()
    {
        Id = Row.Id,
        Name = Row.Name,
        ExperimentId = Row.ExperimentId,
        RunId = Row.SourceRunId.Length > 0 ? Row.SourceRunId : null,
        Status = Row.Status switch { LoggedModelStatus.Pending => LoggedModelState.Pending, LoggedModelStatus.Ready => LoggedModelState.Ready, _ => LoggedModelState.UploadFailed },
        ModelType = Row.ModelType,
        CreatedAt = Instants.FromMicros(Row.CreatedAt),
        UpdatedAt = Instants.FromMicros(Row.UpdatedAt),
        DeletedAt = Instants.FromMicros(Row.DeletedAt),
        Params = new Dictionary<string, string>(Params),
        Tags = new Dictionary<string, string>(Tags),
        Metrics = [.. Metrics.Select(m => new LoggedModelMetric(m.Key, m.Value, m.Step, Instants.FromMicros(m.At), m.RunId, Text(m.DatasetName), Text(m.DatasetDigest)))],
    };

    private static string? Text(string text) => text.Length > 0 ? text : null;

    private sealed class PairRow
    {
        public long ModelNo { get; set; }
        public string Name { get; set; } = "";
        public string Value { get; set; } = "";
    }

    private sealed class MetricRow
    {
        public long ModelNo { get; set; }
        public string Name { get; set; } = "";
        public string RunId { get; set; } = "";
        public string DatasetName { get; set; } = "";
        public string DatasetDigest { get; set; } = "";
        public double Value { get; set; }
        public long IsNan { get; set; }
        public long Step { get; set; }
        public long At { get; set; }
    }
}

/// <summary>A value that a run logged for a logged model, on a dataset or on none.</summary>
/// <param name="ModelId">The model.</param>
/// <param name="Key">Name.</param>
/// <param name="Value">Value.</param>
/// <param name="Step">Step.</param>
/// <param name="At">Unix microseconds.</param>
/// <param name="RunId">The run.</param>
/// <param name="DatasetName">The dataset's name, or empty.</param>
/// <param name="DatasetDigest">The dataset's digest, or empty.</param>
internal readonly record struct ModelMetric(string ModelId, string Key, double Value, long Step, long At, string RunId = "", string DatasetName = "", string DatasetDigest = "");
