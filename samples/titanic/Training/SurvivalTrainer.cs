using System.Globalization;
using Dowel.Samples.Titanic.Features;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;

namespace Dowel.Samples.Titanic.Training;

/// <summary>One way to learn: a name, its parameters, and how it is fitted.</summary>
public sealed record SurvivalTrainer(string Name, IReadOnlyDictionary<string, string> Parameters, Func<MLContext, IEstimator<ITransformer>> Learner)
{
    public const int Seed = 1912;

    /// <summary>The model's output columns, and the names under which the endpoint answers them.</summary>
    public const string ProbabilityColumn = "Probability", DecisionColumn = "Decision", ProbabilityName = "survival_probability", DecisionName = "survived";

    private const string Features = "Features";

    public static SurvivalTrainer RandomForest { get; } = new(
        "random forest",
        new Dictionary<string, string> { ["trees"] = "150", ["leaves"] = "20", ["min_rows_per_leaf"] = "8", ["calibrator"] = "platt" },
        ml => ml.BinaryClassification.Trainers.FastForest(new FastForestBinaryTrainer.Options
            {
                LabelColumnName = TrainingRow.Label,
                FeatureColumnName = Features,
                NumberOfTrees = 150,
                NumberOfLeaves = 20,
                MinimumExampleCountPerLeaf = 8,
                FeatureFraction = 0.7,
                FeatureFractionPerSplit = 0.7,
                NumberOfThreads = 1,
                Seed = Seed,
            })
            // A forest answers votes; Platt's sigmoid makes probabilities of them.
            .Append(ml.BinaryClassification.Calibrators.Platt(TrainingRow.Label)));

    public static SurvivalTrainer GradientBoostedTrees { get; } = new(
        "gradient boosted trees",
        new Dictionary<string, string> { ["trees"] = "60", ["leaves"] = "8", ["min_rows_per_leaf"] = "12", ["learning_rate"] = "0.08" },
        ml => ml.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
        {
            LabelColumnName = TrainingRow.Label,
            FeatureColumnName = Features,
            NumberOfTrees = 60,
            NumberOfLeaves = 8,
            MinimumExampleCountPerLeaf = 12,
            LearningRate = 0.08,
            NumberOfThreads = 1,
            Seed = Seed,
        }));

    public static SurvivalTrainer LogisticRegression { get; } = new(
        "logistic regression",
        new Dictionary<string, string> { ["l2"] = "1", ["l1"] = "0", ["normalization"] = "mean and variance" },
        ml => ml.Transforms.NormalizeMeanVariance(Features)
            .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options
            {
                LabelColumnName = TrainingRow.Label,
                FeatureColumnName = Features,
                L1Regularization = 0,
                L2Regularization = 1,
                NumberOfThreads = 1,
            })));

    public static IReadOnlyList<SurvivalTrainer> All { get; } = [RandomForest, GradientBoostedTrees, LogisticRegression];

    /// <summary>Everything that goes into the model file, from the features as the store gives them to the decision.</summary>
    public IEstimator<ITransformer> Pipeline(MLContext ml) =>
        ml.Transforms.Categorical.OneHotEncoding("title_code", "title")
            .Append(ml.Transforms.Conversion.ConvertType(
            [
                new("sex_code", "is_female"), new("class_code", "class_number"), new("age_code", "age"),
                new("age_missing_code", "age_missing"), new("child_code", "is_child"), new("family_code", "family_size"),
            ], DataKind.Single))
            .Append(ml.Transforms.Concatenate(Features, "title_code", "sex_code", "class_code", "age_code", "age_missing_code", "child_code", "family_code"))
            .Append(Learner(ml))
            // Every model decides alike: at one half, by its calibrated probability.
            .Append(ml.Transforms.Expression(DecisionColumn, "p => p >= 0.5f", ProbabilityColumn));

    public SurvivalModel Fit(IReadOnlyList<TrainingRow> rows)
    {
        var ml = new MLContext(Seed);
        return new SurvivalModel(ml, Pipeline(ml).Fit(ml.Data.LoadFromEnumerable(rows)));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({string.Join(", ", Parameters.Select(p => $"{p.Key} {p.Value}"))})");
}
