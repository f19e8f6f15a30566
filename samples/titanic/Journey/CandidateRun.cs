using System.Globalization;
using System.Text;
using System.Text.Json;
using Dowel.Client;
using Dowel.Contracts;
using Dowel.Samples.Titanic.Features;
using Dowel.Samples.Titanic.Training;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>A trained candidate, and how it is logged as a run.</summary>
internal sealed record CandidateRun(string Name, SurvivalTrainer Trainer, CrossValidated Validated, BinaryMetrics HeldOut, IReadOnlyList<Importance> Importance, SurvivalModel Model, IReadOnlyList<bool> Labels)
{
    public string RunId { get; private set; } = "";

    /// <summary>Cross-validates on the training part, fits on all of it, and looks once at what was held out.</summary>
    public static CandidateRun Train(string name, SurvivalTrainer trainer, IReadOnlyList<TrainingRow> train, IReadOnlyList<TrainingRow> test)
    {
        var validated = CrossValidation.Run(trainer, train);
        var model = trainer.Fit(train);
        var heldOut = BinaryMetrics.Of([.. test.Select(r => r.Survived)], model.Probabilities(test));
        return new CandidateRun(name, trainer, validated, heldOut, PermutationImportance.Of(model.Probabilities, test), model, [.. train.Select(r => r.Survived)]);
    }

    /// <summary>Params, metrics and artifacts of one run.</summary>
    public async Task LogAsync(RunsClient runs, IReadOnlyList<string> inputs, CancellationToken cancellationToken)
    {
        var run = await runs.CreateAsync(
            JourneyState.Experiment,
            new CreateRun
            {
                Name = Name,
                Inputs = inputs,
                Params = new Dictionary<string, string>(Trainer.Parameters)
                {
                    ["algorithm"] = Trainer.Name,
                    ["folds"] = CrossValidation.FoldCount.ToString(CultureInfo.InvariantCulture),
                    ["seed"] = SurvivalTrainer.Seed.ToString(CultureInfo.InvariantCulture),
                    ["train_rows"] = Labels.Count.ToString(CultureInfo.InvariantCulture),
                },
                Tags = new Dictionary<string, string> { ["library"] = "ML.NET" },
            },
            cancellationToken);
        RunId = run.Id;
        await runs.LogAsync(
            RunId,
            new LogToRun
            {
                // The mean over the folds under the metric's own name, each fold as a step of fold_…, and the held-out passengers as test_….
                Metrics =
                [
                    .. Validated.Mean.ByName().Select(m => new MetricPoint(m.Key, m.Value)),
                    .. Validated.Folds.SelectMany((fold, i) => fold.ByName().Select(m => new MetricPoint($"fold_{m.Key}", m.Value, i + 1))),
                    .. HeldOut.ByName().Select(m => new MetricPoint($"test_{m.Key}", m.Value)),
                ],
            },
            cancellationToken);
        foreach (var (path, content, type) in Artifacts()) await runs.UploadArtifactAsync(RunId, path, new MemoryStream(content), type, cancellationToken);
        await runs.UpdateAsync(RunId, new PatchRun { Status = RunStatus.Finished }, cancellationToken);
    }

    /// <summary>Curves and confusion are those of cross-validation: every passenger judged by a model that had not seen them.</summary>
    private IEnumerable<(string Path, byte[] Content, string Type)> Artifacts()
    {
        var roc = Curves.Roc(Labels, Validated.Probabilities);
        var precisionRecall = Curves.PrecisionRecall(Labels, Validated.Probabilities);
        yield return ("model/model.zip", Model.ToZip(), "application/zip");
        yield return ("model/dowel-model.json", Json(SurvivalModel.OutputChoice), "application/json");
        yield return ("confusion_matrix.json", Json(Confusion.Of(Labels, Validated.Probabilities)), "application/json");
        yield return ("roc_curve.json", Json(roc), "application/json");
        yield return ("roc_curve.csv", Csv("threshold,false_positive_rate,true_positive_rate", roc.Select(p => (p.Threshold, p.FalsePositiveRate, p.TruePositiveRate))), "text/csv");
        yield return ("precision_recall_curve.json", Json(precisionRecall), "application/json");
        yield return ("precision_recall_curve.csv", Csv("threshold,precision,recall", precisionRecall.Select(p => (p.Threshold, p.Precision, p.Recall))), "text/csv");
        yield return ("permutation_importance.json", Json(Importance), "application/json");
    }

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), DowelJson.Options);

    private static byte[] Csv(string header, IEnumerable<(double A, double B, double C)> rows) =>
        Encoding.UTF8.GetBytes(header + "\n" + string.Concat(rows.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.A},{r.B},{r.C}\n"))));
}
