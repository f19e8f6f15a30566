using Dowel.Contracts;
using Dowel.Samples.Titanic.Features;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dowel.Samples.Titanic.Training;

/// <summary>A fitted model.</summary>
public sealed class SurvivalModel(MLContext ml, ITransformer model)
{
    /// <summary>Survival probabilities, in the order of the rows.</summary>
    public double[] Probabilities(IReadOnlyList<PassengerFeatures> rows) =>
        [.. model.Transform(View(rows)).GetColumn<float>(SurvivalTrainer.ProbabilityColumn).Select(p => (double)p)];

    /// <summary>The decisions that the model file itself makes.</summary>
    public bool[] Decisions(IReadOnlyList<PassengerFeatures> rows) => [.. model.Transform(View(rows)).GetColumn<bool>(SurvivalTrainer.DecisionColumn)];

    /// <summary>Writes <c>model.zip</c>. Its schema is that of the features alone: whoever asks for a prediction has no label.</summary>
    public byte[] ToZip()
    {
        using var file = new MemoryStream();
        ml.Model.Save(model, View([]).Schema, file);
        return file.ToArray();
    }

    /// <summary>What the registry and the endpoint are told: the same types as in the feature view.</summary>
    public static ModelSignature Signature { get; } = new()
    {
        Inputs = [.. TitanicFeatures.Definitions.Select(f => new TensorSpec
        {
            Name = f.Name,
            Datatype = f.Type switch { "string" => "BYTES", "boolean" => "BOOL", "int64" => "INT64", _ => "FP64" },
            Description = f.Description,
            Values = f.Name == "title" ? ["Mr", "Miss", "Mrs", "Master", "other"] : null,
        })],
        Outputs =
        [
            new TensorSpec { Name = SurvivalTrainer.ProbabilityName, Datatype = "FP32", Description = "Probability of survival." },
            new TensorSpec { Name = SurvivalTrainer.DecisionName, Datatype = "BOOL", Description = "Whether it is at least one half." },
        ],
    };

    /// <summary>Which columns the runtime answers, and under which names; goes beside model.zip as dowel-model.json.</summary>
    public static object OutputChoice { get; } = new
    {
        outputs = new[]
        {
            new { column = SurvivalTrainer.ProbabilityColumn, name = SurvivalTrainer.ProbabilityName, description = Signature.Outputs[0].Description },
            new { column = SurvivalTrainer.DecisionColumn, name = SurvivalTrainer.DecisionName, description = Signature.Outputs[1].Description },
        },
    };

    private IDataView View(IReadOnlyList<PassengerFeatures> rows) => ml.Data.LoadFromEnumerable(rows);
}
