using Dowel.Contracts;

namespace Dowel.Cli.Import;

/// <summary>A logged model of the database.</summary>
internal sealed record FoundLoggedModel(string Experiment, string Location, ImportLoggedModel Spec);

/// <summary>Logged models of MLflow 3.</summary>
internal sealed partial class MlflowReader
{
    private const int ModelsAtOnce = 100;

    /// <summary>The logged models of experiments, a part at a time; none where the version has none.</summary>
    public async IAsyncEnumerable<IReadOnlyList<FoundLoggedModel>> LoggedModelsAsync(IReadOnlySet<string> experiments, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!database.Has("logged_models")) yield break;
        for (var after = ""; ;)
        {
            var rows = new List<FoundLoggedModel>();
            var (count, before) = (0, after);
            await foreach (var row in database.ReadAsync($"""
                SELECT model_id, experiment_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms, status, lifecycle_stage, model_type, source_run_id, status_message
                FROM logged_models WHERE model_id > @p0 ORDER BY model_id LIMIT {ModelsAtOnce}
                """, [after], cancellationToken))
            {
                count++;
                after = row.Text(0) ?? after;
                if (row.Text(1) is not { } experiment || !experiments.Contains(experiment)) continue;
                if (IsModelId(row.Text(0))) rows.Add(new FoundLoggedModel(experiment, row.Text(3) ?? "", Model(row)));
                else tally.Refuse(tally.LoggedModels, $"logged model {Clip(row.Text(0), 64)}: its id is none that can be kept");
            }
            if (rows.Count > 0) yield return await CompleteAsync(rows, cancellationToken);
            if (count < ModelsAtOnce || after == before) yield break;
        }
    }

    private static ImportLoggedModel Model(MlflowRow row) => new()
    {
        Id = row.Text(0)!,
        Name = Clip(row.Text(2), 500),
        CreatedAt = row.At(4),
        UpdatedAt = row.At(5),
        Status = row.Whole(6) switch
        {
            2 => LoggedModelState.Ready,
            3 => LoggedModelState.UploadFailed,
            _ => LoggedModelState.Pending,
        },
        IsDeleted = row.Text(7) == "deleted",
        ModelType = Clip(row.Text(8), 500),
        SourceRunId = Clip(row.Text(9), 64),
        StatusMessage = Clip(row.Text(10), 1000),
    };

    private async Task<IReadOnlyList<FoundLoggedModel>> CompleteAsync(List<FoundLoggedModel> models, CancellationToken cancellationToken)
    {
        object?[] ids = [.. models.Select(m => m.Spec.Id)];
        var list = MlflowDatabase.List(ids.Length);
        var (parameters, tags, metrics) = (new Dictionary<string, SortedDictionary<string, string>>(), new Dictionary<string, SortedDictionary<string, string>>(), new Dictionary<string, List<ImportModelMetric>>());
        await foreach (var row in database.ReadAsync($"SELECT model_id, param_key, param_value FROM logged_model_params WHERE model_id IN ({list})", ids, cancellationToken)) Pair(parameters, row);
        await foreach (var row in database.ReadAsync($"SELECT model_id, tag_key, tag_value FROM logged_model_tags WHERE model_id IN ({list})", ids, cancellationToken)) Pair(tags, row);
        await foreach (var row in database.ReadAsync($"""
            SELECT model_id, metric_name, metric_value, metric_step, metric_timestamp_ms, run_id, dataset_name, dataset_digest FROM logged_model_metrics WHERE model_id IN ({list})
            ORDER BY model_id, metric_name, run_id, metric_step, metric_timestamp_ms
            """, ids, cancellationToken))
        {
            var model = row.Text(0)!;
            if (row.Text(1) is { } key && row.Whole(3) is { } step && row.Whole(4) is { } at)
                // A value that SQLite cannot hold as a number is NaN.
                (metrics.TryGetValue(model, out var own) ? own : metrics[model] = []).Add(new ImportModelMetric(key, row.Real(2) ?? double.NaN, step, at, Clip(row.Text(5), 64), Clip(row.Text(6), 500), Clip(row.Text(7), 36)));
            else tally.Skip(model, "metric", Clip(row.Text(1), 250), "the row cannot be read");
        }
        return [.. models.Select(m =>
        {
            var spec = m.Spec with { Params = parameters.GetValueOrDefault(m.Spec.Id) ?? [], Tags = tags.GetValueOrDefault(m.Spec.Id) ?? [], Metrics = metrics.GetValueOrDefault(m.Spec.Id) ?? [] };
            spec = spec with { User = Clip(spec.Tags.GetValueOrDefault("mlflow.user"), 200) };
            return m with { Spec = spec with { Version = VersionOf(spec) } };
        })];
    }
}
