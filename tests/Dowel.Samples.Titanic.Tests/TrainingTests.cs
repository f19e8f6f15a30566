using Dowel.Samples.Titanic.Features;
using Dowel.Samples.Titanic.Training;
using Microsoft.ML;

namespace Dowel.Samples.Titanic.Tests;

public sealed class TrainingTests
{
    [Fact]
    public void Folds_are_of_equal_size_and_share_of_survivors()
    {
        bool[] labels = [.. Data.Rows.Select(r => r.Survived)];
        var fold = Splits.Folds(labels, 5, 1912);
        Assert.Equal(fold, Splits.Folds(labels, 5, 1912));
        Assert.NotEqual(fold, Splits.Folds(labels, 5, 1913));
        for (var f = 0; f < 5; f++)
        {
            var rows = Enumerable.Range(0, labels.Length).Where(i => fold[i] == f).ToArray();
            Assert.InRange(rows.Length, 261, 262);
            Assert.Equal(100, rows.Count(i => labels[i]));
        }
    }

    [Fact]
    public void A_held_out_part_shares_nothing_with_the_rest()
    {
        var (train, test) = Splits.HoldOut(Data.Rows, r => r.Survived, 5, 1912);
        Assert.Equal(1309, train.Count + test.Count);
        Assert.Equal(262, test.Count);
        Assert.Empty(train.Select(r => r.PassengerId).Intersect(test.Select(r => r.PassengerId)));
    }

    public static TheoryData<string> Trainers => [.. SurvivalTrainer.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Trainers))]
    public void Cross_validated_figures_are_those_the_data_allows_and_repeat(string name)
    {
        var trainer = SurvivalTrainer.All.Single(t => t.Name == name);
        var (train, test) = Splits.HoldOut(Data.Rows, r => r.Survived, 5, SurvivalTrainer.Seed);
        var found = CrossValidation.Run(trainer, train);
        var again = CrossValidation.Run(trainer, train);
        Assert.Equal(found.Probabilities, again.Probabilities);
        Assert.Equal(found.Mean, again.Mean);
        Assert.InRange(found.Mean.Auc, 0.83, 0.89);
        Assert.InRange(found.Mean.Accuracy, 0.77, 0.84);
        Assert.InRange(found.Mean.LogLoss, 0.3, 0.6);
        Assert.All(found.Probabilities, p => Assert.InRange(p, 0, 1));

        var held = BinaryMetrics.Of([.. test.Select(r => r.Survived)], trainer.Fit(train).Probabilities(test));
        Assert.InRange(held.Accuracy, 0.76, 0.87);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: CV {found.Mean}; held out {held}");
    }

    [Fact]
    public void Shuffled_labels_teach_nothing()
    {
        bool[] labels = [.. Data.Rows.Select(r => r.Survived)];
        new Random(1).Shuffle(labels);
        TrainingRow[] shuffled = [.. Data.Rows.Zip(labels, (row, label) => { var copy = row.Copy(); copy.Survived = label; return copy; })];
        Assert.InRange(CrossValidation.Run(SurvivalTrainer.GradientBoostedTrees, shuffled).Mean.Auc, 0.4, 0.6);
    }

    [Theory]
    [MemberData(nameof(Trainers))]
    public void The_model_file_answers_without_a_label_and_decides_at_one_half(string name)
    {
        var model = SurvivalTrainer.All.Single(t => t.Name == name).Fit(Data.Rows);
        var probabilities = model.Probabilities(Data.Features);
        Assert.Equal(probabilities.Select(p => p >= 0.5), model.Decisions(Data.Features));

        var ml = new MLContext();
        using var file = new MemoryStream(model.ToZip());
        var loaded = new SurvivalModel(ml, ml.Model.Load(file, out var schema));
        Assert.Equal(TitanicFeatures.Definitions.Select(f => f.Name).Order(), schema.Select(c => c.Name).Order());
        Assert.Equal(probabilities, loaded.Probabilities(Data.Features));
    }

    [Fact]
    public void Sex_matters_most_and_importance_repeats()
    {
        var (train, test) = Splits.HoldOut(Data.Rows, r => r.Survived, 5, SurvivalTrainer.Seed);
        var model = SurvivalTrainer.LogisticRegression.Fit(train);
        var importance = PermutationImportance.Of(model.Probabilities, test);
        Assert.Equal(importance, PermutationImportance.Of(model.Probabilities, test));
        Assert.Equal(TitanicFeatures.Definitions.Select(f => f.Name).Order(), importance.Select(i => i.Feature).Order());
        Assert.Contains(importance[0].Feature, (string[])["is_female", "title"]);
        Assert.True(importance[0].AucDrop > 0.05);
    }
}
