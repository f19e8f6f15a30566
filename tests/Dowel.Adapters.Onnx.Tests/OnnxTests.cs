using Dowel.Testing;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Adapters.Onnx.Tests;

public sealed class OnnxTests(TrainedModels models)
{
    private static float[] Floats(JsonElement array) => [.. array.EnumerateArray().SelectMany<JsonElement, JsonElement>(r => r.ValueKind == JsonValueKind.Array ? [.. r.EnumerateArray()] : [r]).Select(v => v.GetSingle())];

    private static T[] Values<T>(Tensor tensor) => Assert.IsType<Tensor<T>>(tensor).Values;

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-5);
    }

    [Theory]
    [InlineData("forest", 2)]
    [InlineData("forest-maps", 2)]
    public async Task A_forest_of_scikit_learn_answers_as_scikit_learn_does(string name, int classes)
    {
        await using var model = await models.LoadAsync(name);
        var cases = await models.CasesAsync(name);
        var x = Floats(cases.GetProperty("x"));
        var rows = x.Length / 10;
        var answer = await model.AnswerAsync([Tensor.Of("X", x, rows, 10)], default);
        Assert.Equal(["output_label", "output_probability"], answer.Select(t => t.Name));
        Assert.Equal(cases.GetProperty("label").EnumerateArray().Select(v => v.GetInt64()), Values<long>(answer[0]));
        Assert.Equal([rows, classes], answer[1].Shape);
        AssertClose(Floats(cases.GetProperty("scores")), Values<float>(answer[1]));

        // A row at a time, from many threads, is the same.
        await Parallel.ForAsync(0, rows, async (row, _) =>
        {
            var one = await model.AnswerAsync([Tensor.Of("X", x[(row * 10)..((row + 1) * 10)], 1, 10)], default);
            Assert.Equal(Values<float>(answer[1])[(row * 2)..((row + 1) * 2)], Values<float>(one[1]));
        });
    }

    [Fact]
    public async Task Labels_and_classes_may_be_text()
    {
        await using var model = await models.LoadAsync("logistic-maps");
        var cases = await models.CasesAsync("logistic-maps");
        Assert.Equal(["BYTES", "FP32"], model.Signature.Outputs.Select(o => o.Datatype));
        var answer = await model.AnswerAsync([Tensor.Of("X", Floats(cases.GetProperty("x")), 150, 4)], default);
        Assert.Equal(cases.GetProperty("label").EnumerateArray().Select(v => v.GetString()), Values<string>(answer[0]));
        AssertClose(Floats(cases.GetProperty("scores")), Values<float>(answer[1]));
    }

    [Fact]
    public async Task A_network_of_pytorch_answers_as_pytorch_does()
    {
        await using var model = await models.LoadAsync("torch");
        var cases = await models.CasesAsync("torch");
        Assert.Equal(("features", "FP32"), (model.Signature.Inputs[0].Name, model.Signature.Inputs[0].Datatype));
        Assert.Equal([-1, 4], model.Signature.Inputs[0].Shape);
        var answer = await model.AnswerAsync([Tensor.Of("features", Floats(cases.GetProperty("x")), 150, 4)], default);
        AssertClose(Floats(cases.GetProperty("scores")), Values<float>(Assert.Single(answer)));
    }

    [Fact]
    public async Task The_columns_of_a_registered_signature_are_laid_side_by_side()
    {
        string[] names = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
        var registered = new ModelSignature { Inputs = [.. names.Select(n => new TensorSpec { Name = n, Datatype = "FP64" })] };
        await using var model = await models.LoadAsync("torch", registered);
        Assert.Equal(names, model.Signature.Inputs.Select(i => i.Name));
        Assert.All(model.Signature.Inputs, i => Assert.Equal("FP32", i.Datatype));
        var cases = await models.CasesAsync("torch");
        var x = Floats(cases.GetProperty("x"));
        // In another order than the model's.
        Tensor[] columns = [.. Enumerable.Range(0, 4).Reverse().Select(c => Tensor.Of(names[c], Enumerable.Range(0, 150).Select(r => x[(r * 4) + c]).ToArray(), 150))];
        AssertClose(Floats(cases.GetProperty("scores")), Values<float>(Assert.Single(await model.AnswerAsync(columns, default))));

        // A signature of another number of columns is not the model's.
        await using var other = await models.LoadAsync("torch", registered with { Inputs = [.. registered.Inputs.Take(3)] });
        Assert.Equal(["features"], other.Signature.Inputs.Select(i => i.Name));
    }

    [Fact]
    public async Task Columns_of_their_own_may_come_flat()
    {
        await using var model = await models.LoadAsync("columns");
        var cases = await models.CasesAsync("columns");
        string[] sex = [.. cases.GetProperty("sex").EnumerateArray().Select(v => v.GetString()!)];
        foreach (var shape in new long[][] { [3], [3, 1] })
        {
            var answer = await model.AnswerAsync([Tensor.Of("sex", sex, shape), Tensor.Of("age", Floats(cases.GetProperty("age")), shape)], default);
            AssertClose(Floats(cases.GetProperty("score")), Values<float>(Assert.Single(answer)));
        }
        var missing = await Assert.ThrowsAsync<ModelException>(async () => await model.AnswerAsync([Tensor.Of("sex", new string[] { "male", null! }), Tensor.Of("age", [1f, 2f])], default));
        Assert.Contains("'sex' has a missing value", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_type_goes_through_unchanged()
    {
        await using var model = await models.LoadAsync("types");
        Tensor[] inputs =
        [
            Tensor.Of("in_BOOL", [true, false], 1, 2), Tensor.Of("in_INT8", new sbyte[] { -128, 127 }, 1, 2), Tensor.Of("in_INT16", new short[] { -32768, 32767 }, 1, 2),
            Tensor.Of("in_INT32", [int.MinValue, int.MaxValue], 1, 2), Tensor.Of("in_INT64", [long.MinValue, long.MaxValue], 1, 2), Tensor.Of("in_UINT8", new byte[] { 0, 255 }, 1, 2),
            Tensor.Of("in_UINT16", new ushort[] { 0, 65535 }, 1, 2), Tensor.Of("in_UINT32", [0u, uint.MaxValue], 1, 2), Tensor.Of("in_UINT64", [0ul, ulong.MaxValue], 1, 2),
            Tensor.Of("in_FLOAT16", [(Half)1.5, Half.NaN], 1, 2), Tensor.Of("in_FLOAT", [float.NaN, float.NegativeInfinity], 1, 2), Tensor.Of("in_DOUBLE", [double.Epsilon, -0.0], 1, 2),
            Tensor.Of("in_STRING", ["", "Zoë 🚢\n"], 1, 2),
        ];
        Assert.Equal(inputs.Select(i => i.Datatype), model.Signature.Inputs.Select(i => i.Datatype));
        var outputs = await model.AnswerAsync(inputs, default);
        for (var i = 0; i < inputs.Length; i++)
        {
            Assert.Equal(inputs[i].Datatype, outputs[i].Datatype);
            Assert.Equal([1, 2], outputs[i].Shape);
            Assert.Equal(inputs[i][0], outputs[i][0]);
            Assert.Equal(inputs[i][1], outputs[i][1]);
        }
    }

    [Fact]
    public async Task Wrong_shapes_are_the_models_own_error()
    {
        await using var model = await models.LoadAsync("torch");
        var e = await Assert.ThrowsAsync<ModelException>(async () => await model.AnswerAsync([Tensor.Of("features", new float[6], 2, 3)], default));
        Assert.Contains("Got: 3 Expected: 4", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("onnxruntime_src", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prediction_can_be_cut_off()
    {
        await using var model = await models.LoadAsync("loop");
        Assert.Equal(MathF.Sin(MathF.Sin(1)), Values<float>((await model.AnswerAsync([Tensor.Of("times", [2L]), Tensor.Of("x", [1f])], default))[0])[0], 1e-6);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await model.AnswerAsync([Tensor.Of("times", [long.MaxValue]), Tensor.Of("x", [1f])], stop.Token));
        // It answers the next as before.
        await model.AnswerAsync([Tensor.Of("times", [1L]), Tensor.Of("x", [1f])], default);
    }

    [Fact]
    public async Task What_is_no_model_is_told()
    {
        var folder = Directory.CreateTempSubdirectory("dowel-onnx-bad-").FullName;
        try
        {
            await Refused("has no file 'model.onnx'");
            File.WriteAllText(Path.Combine(folder, "a.onnx"), "x");
            File.WriteAllText(Path.Combine(folder, "b.onnx"), "x");
            await Refused("several .onnx files (a.onnx, b.onnx)");
            foreach (var bytes in new byte[][] { [], [1, 2, 3], (await File.ReadAllBytesAsync(Path.Combine(await models.PathAsync("forest"), "model.onnx")))[..5000] })
            {
                File.WriteAllBytes(Path.Combine(folder, "model.onnx"), bytes);
                await Refused("'model.onnx' is no model that ONNX Runtime can load");
            }
            var e = await Assert.ThrowsAsync<ModelException>(async () => await TrainedModels.LoadFolderAsync(await models.PathAsync("forest"), null, o => o.MaxBytes = 1000));
            Assert.Contains("loads 1000 at most", e.Message, StringComparison.Ordinal);

            async Task Refused(string message)
            {
                var refused = await Assert.ThrowsAsync<ModelException>(() => TrainedModels.LoadFolderAsync(folder));
                Assert.Contains(message, refused.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(folder, refused.Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Weights_outside_of_the_models_folder_are_not_read()
    {
        var e = await Assert.ThrowsAsync<ModelException>(() => models.LoadAsync("outside"));
        Assert.Contains("is no model that ONNX Runtime can load", e.Message, StringComparison.Ordinal);
    }
}
