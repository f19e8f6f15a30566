using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Testing;

namespace Dowel.Adapters.Trees.Tests;

public sealed class XgboostTests(TrainedModels models)
{
    public static readonly TheoryData<string> Trained =
    [
        "binary-logistic", "binary-logitraw", "binary-hinge", "reg-logistic", "reg-squarederror", "reg-squaredlogerror", "reg-pseudohubererror", "reg-absoluteerror", "count-poisson", "reg-gamma", "reg-tweedie", "survival-cox", "survival-aft",
        "multi-softprob", "multi-softmax", "rank-pairwise", "rank-ndcg", "rank-map", "missing",
        "categories-hist-1", "categories-hist-64", "categories-approx-1", "categories-approx-64", "categories-unseen",
        "dart-tree", "dart-forest", "dart-classes", "forest", "pruned", "linear", "linear-classes", "targets", "hundred", "early-booster", "early-sklearn", "early-sklearn-classes",
    ];

    /// <summary>Answers of XGBoost 3.0.0, see References/README.md.</summary>
    public static readonly TheoryData<string> Stored =
    [
        "binary-logistic-json", "binary-logistic-ubj", "multi-softprob-ubj", "rank-ndcg-ubj", "missing-ubj", "categories-hist-1-json", "categories-hist-1-ubj", "dart-tree-ubj", "targets-ubj", "quantile-ubj", "early-sklearn-ubj",
    ];

    [Theory]
    [MemberData(nameof(Trained))]
    public async Task A_model_answers_as_the_library_that_trained_it(string name)
    {
        var cases = await models.CasesAsync(name);
        Assert.True(cases.Rows >= 300);
        foreach (var format in new[] { "json", "ubj" })
        {
            await using var model = await models.LoadAsync($"{name}-{format}");
            await Answers.SameAsync(model, cases);
        }
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public async Task A_model_of_a_newer_version_answers_as_stored(string name)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "References", "xgboost-3.0.0");
        await using var model = await TrainedModels.LoadFolderAsync("xgboost", Path.Combine(folder, name));
        await Answers.SameAsync(model, Cases.Read(Path.Combine(folder, $"{name[..name.LastIndexOf('-')]}.cases.json")));
    }

    [Fact]
    public async Task Vectors_in_leaves_are_refused()
    {
        var e = await Assert.ThrowsAsync<ModelException>(() => TrainedModels.LoadFolderAsync("xgboost", Path.Combine(AppContext.BaseDirectory, "References", "xgboost-3.0.0", "vector-leaf-ubj")));
        Assert.Contains("one_output_per_tree", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Early_stopping_counts_where_scikit_learn_saved_the_model()
    {
        var (all, best) = (await models.CasesAsync("early-booster"), await models.CasesAsync("early-sklearn"));
        Assert.Equal(all.X, best.X);
        Assert.NotEqual(all.Prediction, best.Prediction);
    }

    [Fact]
    public async Task A_model_without_names_takes_one_matrix()
    {
        await using var model = await models.LoadAsync("binary-logistic-ubj");
        var input = Assert.Single(model.Signature.Inputs);
        Assert.Equal(("input", "FP64"), (input.Name, input.Datatype));
        Assert.Equal([-1, 10], input.Shape);
        var output = Assert.Single(model.Signature.Outputs);
        Assert.Equal(("prediction", "FP32"), (output.Name, output.Datatype));
        Assert.Equal([-1], output.Shape);
        await using var classes = await models.LoadAsync("multi-softprob-json");
        Assert.Equal([-1, 4], Assert.Single(classes.Signature.Outputs).Shape);
        await using var mostLikely = await models.LoadAsync("multi-softmax-json");
        Assert.Equal([-1], Assert.Single(mostLikely.Signature.Outputs).Shape);
    }

    [Fact]
    public async Task Names_of_the_model_are_its_columns()
    {
        await using var model = await models.LoadAsync("categories-hist-1-ubj", new ModelSignature { Inputs = [new TensorSpec { Name = "city", Datatype = "INT64", Optional = true, Description = "of 40" }] });
        Assert.Equal(["age", "city", "fare", "deck"], model.Signature.Inputs.Select(i => i.Name));
        Assert.All(model.Signature.Inputs, i => Assert.Equal("FP64", i.Datatype));
        Assert.Equal((true, "of 40"), (model.Signature.Inputs[1].Optional, model.Signature.Inputs[1].Description));
        Assert.False(model.Signature.Inputs[0].Optional);

        // In any order; a column that is left out is missing.
        Tensor[] without = [Tensor.Of("deck", [2.0, 0]), Tensor.Of("fare", [0.5, -1]), Tensor.Of("age", [30.0, 4])];
        var answer = Assert.Single(await model.AnswerAsync(without, default));
        Assert.Equal(answer[1], Assert.Single(await model.AnswerAsync([Tensor.Of("city", [double.NaN]), .. without.Select(c => Tensor.Of(c.Name, [((Tensor<double>)c).Values[1]]))], default))[0]);
    }

    [Fact]
    public async Task Columns_of_a_registered_signature_name_those_of_a_model_without_names()
    {
        var registered = new ModelSignature { Inputs = [.. Enumerable.Range(0, 10).Select(i => new TensorSpec { Name = $"x{i}", Datatype = "FP32" })] };
        await using var model = await models.LoadAsync("binary-logistic-json", registered);
        Assert.Equal(registered.Inputs.Select(i => i.Name), model.Signature.Inputs.Select(i => i.Name));
        var cases = await models.CasesAsync("binary-logistic");
        await Answers.SameAsync(model, cases);
        // One registered matrix gives its name.
        await using var matrix = await models.LoadAsync("binary-logistic-json", new ModelSignature { Inputs = [new TensorSpec { Name = "features", Datatype = "FP64", Shape = [-1, 10] }] });
        Assert.Equal(["features"], matrix.Signature.Inputs.Select(i => i.Name));
        await Answers.SameAsync(matrix, cases);
    }

    [Fact]
    public async Task Input_of_another_width_is_refused()
    {
        await using var model = await models.LoadAsync("binary-logistic-json");
        var e = await Assert.ThrowsAsync<ModelException>(async () => await model.AnswerAsync([Tensor.Of("input", new double[6], 2, 3)], default));
        Assert.Contains("shape [2, 3]; the model takes FP64 of shape [-1, 10]", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prediction_can_be_cut_off()
    {
        await using var model = await models.LoadAsync("hundred-json");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await model.AnswerAsync([Tensor.Of("input", new double[10], 1, 10)], new CancellationToken(canceled: true)));
    }
}
