using Dowel.Testing;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dowel.Adapters.Trees.LightGbm;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Adapters.Trees.Tests;

public sealed class LightGbmTests : IDisposable
{
    private const int Width = 8;
    private const int TrainRows = 600;
    private const int AskRows = 300;
    private readonly string _folder = Directory.CreateTempSubdirectory("dowel-lightgbm-").FullName;

    public LightGbmTests() => LightGbmTrainer.SkipWithoutOpenMp();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Parameters, and what the rows are like.</summary>
    public static readonly TheoryData<string, string> Trained = new()
    {
        { "objective=binary", "binary" },
        { "objective=binary sigmoid=2 is_unbalance=true", "binary" },
        { "objective=multiclass num_class=4", "classes" },
        { "objective=multiclassova num_class=4", "classes" },
        { "objective=regression", "numbers" },
        { "objective=regression reg_sqrt=true", "numbers" },
        { "objective=regression_l1", "numbers" },
        { "objective=huber", "numbers" },
        { "objective=fair", "numbers" },
        { "objective=mape", "numbers" },
        { "objective=quantile alpha=0.8", "numbers" },
        { "objective=poisson", "positive" },
        { "objective=gamma", "positive" },
        { "objective=tweedie tweedie_variance_power=1.3", "positive" },
        { "objective=cross_entropy", "binary" },
        { "objective=cross_entropy_lambda", "binary" },
        { "objective=lambdarank", "ranks" },
        { "objective=rank_xendcg", "ranks" },
        { "objective=binary", "missing" },
        { "objective=binary zero_as_missing=true", "missing" },
        { "objective=binary use_missing=false", "missing" },
        { "objective=binary categorical_feature=2,5 min_data_per_group=5 cat_smooth=1", "categories" },
        { "objective=binary categorical_feature=2,5 max_cat_to_onehot=64 min_data_per_group=5", "categories" },
        { "objective=binary boosting=dart drop_rate=0.3", "binary" },
        { "objective=binary boosting=rf bagging_freq=1 bagging_fraction=0.6 feature_fraction=0.6", "binary" },
        { "objective=multiclass num_class=4 boosting=rf bagging_freq=1 bagging_fraction=0.6", "classes" },
        { "objective=binary data_sample_strategy=goss", "binary" },
        { "objective=regression linear_tree=true", "numbers" },
        { "objective=regression linear_tree=true", "missing" },
        { "objective=regression extra_trees=true monotone_constraints=1,-1,0,0,0,0,0,0", "numbers" },
        // Nothing to learn: trees of one leaf.
        { "objective=regression", "constant" },
        { "objective=regression linear_tree=true", "constant" },
    };

    private static (LightGbmTrainer.Data Data, double[] Asked) Rows(string kind)
    {
        var random = new Random(7);
        var x = new double[(TrainRows + AskRows) * Width];
        for (var i = 0; i < x.Length; i++) x[i] = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var labels = new float[TrainRows];
        for (var r = 0; r < TrainRows + AskRows; r++)
        {
            var row = x.AsSpan(r * Width, Width);
            if (kind == "categories") (row[2], row[5]) = (random.Next(40), random.Next(6));
            var signal = kind == "categories" ? (((int)row[2] % 7 < 3) ^ (row[5] == 2) ^ (row[0] > 0.7) ? 1 : -1) : row[0] - (2 * row[1] * row[2]) + Math.Sin(3 * row[3]);
            if (r < TrainRows)
                labels[r] = kind switch
                {
                    "classes" or "ranks" => signal < -1.5 ? 0 : signal < 0 ? 1 : signal < 1.5 ? 2 : 3,
                    "numbers" => (float)signal,
                    "positive" => (float)Math.Abs(signal) + 0.1f,
                    "constant" => 4.5f,
                    _ => signal > 0 ? 1 : 0,
                };
            if (kind == "missing")
                for (var c = 0; c < Width; c++)
                    row[c] = random.NextDouble() switch { < 0.25 => double.NaN, < 0.4 => 0, < 0.42 when r >= TrainRows => 1e-36, _ => row[c] };
            // What was never seen, or is none.
            if (kind == "categories" && r >= TrainRows + 200) row[2] = (r % 5) switch { 0 => double.NaN, 1 => -3, 2 => 40 + r, 3 => 2.9, _ => 1e12 };
        }
        return (new(x[..(TrainRows * Width)], Width, labels, kind == "ranks" ? [.. Enumerable.Repeat(20, TrainRows / 20)] : null), x[(TrainRows * Width)..]);
    }

    [Theory]
    [MemberData(nameof(Trained))]
    public async Task A_model_answers_as_the_booster_that_was_trained(string parameters, string kind)
    {
        var (data, asked) = Rows(kind);
        var expected = LightGbmTrainer.Train(Path.Combine(_folder, "model.txt"), parameters, 40, data, asked);
        if (kind != "constant") Assert.True(expected.Distinct().Count() > 20);
        await using var model = await TrainedModels.LoadFolderAsync("lightgbm", _folder);
        Assert.Equal(("input", "FP64"), (model.Signature.Inputs[0].Name, model.Signature.Inputs[0].Datatype));
        Assert.Equal(kind == "classes" ? [-1, 4] : [-1], model.Signature.Outputs[0].Shape);
        await Answers.SameAsync(model, new Cases(asked, AskRows, expected));
    }

    /// <summary>Models and answers of other versions of the library, see References/README.md.</summary>
    [Theory]
    [InlineData("lightgbm-4.6.0")]
    [InlineData("lightgbm-4.7.0")]
    public async Task A_model_of_another_version_answers_as_stored(string version)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "References", version);
        var folders = Directory.GetDirectories(folder);
        Assert.Equal(6, folders.Length);
        foreach (var name in folders)
        {
            await using var model = await TrainedModels.LoadFolderAsync("lightgbm", name);
            await Answers.SameAsync(model, Cases.Read(Path.Combine(name, "cases.json")));
        }
    }

    /// <summary>Writes them anew with the library that is here, into the folder named by DOWEL_REFERENCES.</summary>
    [Fact(Explicit = true)]
    public void Write_references()
    {
        foreach (var (name, parameters, kind) in new[]
        {
            ("binary", "objective=binary", "binary"), ("multiclass", "objective=multiclass num_class=4", "classes"), ("regression", "objective=regression", "numbers"), ("ranking", "objective=lambdarank", "ranks"),
            ("missing", "objective=binary", "missing"), ("categories", "objective=binary categorical_feature=2,5 min_data_per_group=5 cat_smooth=1", "categories"),
        })
        {
            var folder = Directory.CreateDirectory(Path.Combine(Environment.GetEnvironmentVariable("DOWEL_REFERENCES")!, name)).FullName;
            var (data, asked) = Rows(kind);
            asked = asked[^(150 * Width)..];
            var answers = LightGbmTrainer.Train(Path.Combine(folder, "model.txt"), $"{parameters} num_leaves=15", 12, data, asked);
            var cases = new { x = asked.Chunk(Width).Select(row => row.Select(v => double.IsNaN(v) ? null : (double?)v)), prediction = answers };
            File.WriteAllText(Path.Combine(folder, "cases.json"), JsonSerializer.Serialize(cases));
        }
    }

    [Fact]
    public async Task Names_of_the_model_are_its_columns()
    {
        var (data, asked) = Rows("numbers");
        string[] names = ["age", "fare", "größe", "x=1", "e", "f", "g", "h"];
        var expected = LightGbmTrainer.Train(Path.Combine(_folder, "any.txt"), "objective=regression", 20, data with { Names = names }, asked);
        File.WriteAllText(Path.Combine(_folder, "requirements.txt"), "lightgbm");
        await using var model = await TrainedModels.LoadFolderAsync("lightgbm", _folder, new ModelSignature { Inputs = [new TensorSpec { Name = "fare", Optional = true }] });
        Assert.Equal(names, model.Signature.Inputs.Select(i => i.Name));
        Assert.Equal([false, true, false], model.Signature.Inputs.Take(3).Select(i => i.Optional));
        await Answers.SameAsync(model, new Cases(asked, AskRows, expected));
    }

    [Fact]
    public async Task The_file_that_mlflow_names_is_loaded()
    {
        var (data, asked) = Rows("numbers");
        var expected = LightGbmTrainer.Train(Path.Combine(_folder, "model.lgb"), "objective=regression", 5, data, asked);
        LightGbmTrainer.Train(Path.Combine(_folder, "model.txt"), "objective=regression", 9, data, asked);
        var mlmodel = Path.Combine(_folder, "MLmodel");
        File.WriteAllText(mlmodel, "artifact_path: model\nflavors:\n  python_function:\n    data: model.txt\n    loader_module: mlflow.lightgbm\n  lightgbm:\n    code: null\n    data: model.lgb\n    lgb_version: 4.6.0\nmodel_uuid: x\n");
        await using (var model = await TrainedModels.LoadFolderAsync("lightgbm", _folder)) await Answers.SameAsync(model, new Cases(asked, AskRows, expected));
        File.WriteAllText(mlmodel, "flavors:\n  lightgbm:\n    data: ../model.lgb\n");
        Assert.Contains("outside of the model's folder", (await Assert.ThrowsAsync<ModelException>(() => TrainedModels.LoadFolderAsync("lightgbm", _folder))).Message, StringComparison.Ordinal);
        File.WriteAllText(mlmodel, "flavors:\n  lightgbm:\n    data: model.pkl\n");
        Assert.Contains("no file 'model.pkl'", (await Assert.ThrowsAsync<ModelException>(() => TrainedModels.LoadFolderAsync("lightgbm", _folder))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_may_be_let_go_while_it_answers()
    {
        var (data, asked) = Rows("classes");
        var expected = LightGbmTrainer.Train(Path.Combine(_folder, "model.txt"), "objective=multiclass num_class=4", 40, data, asked);
        for (var round = 0; round < 20; round++)
        {
            var model = await TrainedModels.LoadFolderAsync("lightgbm", _folder);
            var asking = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                try
                {
                    while (true) Answers.Close(expected, await Answers.AskAsync(model, new Cases(asked, AskRows, expected)));
                }
                catch (ObjectDisposedException)
                {
                }
            })).ToArray();
            await Answers.AskAsync(model, new Cases(asked, AskRows, expected));
            await model.DisposeAsync();
            await Task.WhenAll(asking);
        }
    }

    [Fact]
    public async Task Input_of_another_width_is_refused()
    {
        var (data, asked) = Rows("numbers");
        LightGbmTrainer.Train(Path.Combine(_folder, "model.txt"), "objective=regression", 5, data, asked);
        await using var model = await TrainedModels.LoadFolderAsync("lightgbm", _folder);
        var e = await Assert.ThrowsAsync<ModelException>(async () => await model.AnswerAsync([Tensor.Of("input", new double[6], 2, 3)], default));
        Assert.Contains("the model takes FP64 of shape [-1, 8]", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await model.AnswerAsync([Tensor.Of("input", asked, AskRows, Width)], new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_machine_that_lacks_what_the_library_needs_is_told()
    {
        Assert.Contains("apt-get install libgomp1", LightGbmNative.Explain("libgomp.so.1: cannot open shared object file: No such file or directory", Architecture.X64), StringComparison.Ordinal);
        Assert.Contains("made for x64", LightGbmNative.Explain("lib_lightgbm.so: cannot open shared object file", Architecture.Arm64), StringComparison.Ordinal);
        Assert.Contains("could not be loaded: x", LightGbmNative.Explain("x", Architecture.X64), StringComparison.Ordinal);
    }
}
