using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Tests.Python;
using Dowel.Testing;

[assembly: AssemblyFixture(typeof(SklearnModels))]

namespace Dowel.Serving.Tests.Python;

/// <summary>The models of <c>train.py</c>, trained once for all tests.</summary>
public sealed class SklearnModels() : PythonModels("sklearn", "pandas", "joblib");

public sealed class SklearnTests(SklearnModels models)
{
    private static double[] Floats(JsonElement array) => [.. array.EnumerateArray().SelectMany<JsonElement, JsonElement>(r => r.ValueKind == JsonValueKind.Array ? [.. r.EnumerateArray()] : [r]).Select(v => v.GetDouble())];

    private async Task<JsonElement> JsonAsync(string file) => JsonDocument.Parse(await File.ReadAllTextAsync(await models.PathAsync(file))).RootElement;

    private static void AssertEqual(JsonElement expected, Tensor actual)
    {
        if (expected[0].ValueKind == JsonValueKind.String) Assert.Equal(expected.EnumerateArray().Select(v => v.GetString()!), actual.Values<string>());
        else if (actual is Tensor<long> whole) Assert.Equal(expected.EnumerateArray().Select(v => v.GetInt64()), whole.Values);
        // The same bits: it is the same library.
        else Assert.Equal(Floats(expected), actual.Values<double>());
    }

    [Theory]
    [InlineData("logistic", "INT64")]
    [InlineData("forest", "BYTES")]
    [InlineData("svm", "BYTES")]
    [InlineData("trees", "FP64")]
    [InlineData("pipeline", "INT64")]
    public async Task A_pickle_answers_as_scikit_learn_itself_does(string name, string datatype)
    {
        await using var host = await PythonHost.StartAsync(null, "sklearn");
        var model = await host.LoadAsync(await models.PathAsync(name), "sklearn");
        var input = Assert.Single(model.Signature.Inputs);
        Assert.Equal("FP64 -1,4", $"{input.Datatype} {string.Join(',', input.Shape)}");
        Assert.Equal(datatype, model.Signature.Outputs[0].Datatype);

        var cases = await JsonAsync($"{name}/cases.json");
        var x = Floats((await JsonAsync("rows.json")).GetProperty("rows"));
        var answer = (await model.PredictAsync([Tensor.Of(input.Name, x, x.Length / 4, 4)], default)).Tensors;
        Assert.Equal(model.Signature.Outputs.Select(o => (o.Name, o.Datatype)), answer.Select(t => (t.Name, t.Datatype)));
        foreach (var tensor in answer) AssertEqual(cases.GetProperty(tensor.Name), tensor);
        Assert.Equal(cases.EnumerateObject().Count(), answer.Count);
        // What a forest leaves to scikit-learn is told as scikit-learn tells it.
        Assert.Contains("NaN", await model.FailsAsync(Tensor.Of(input.Name, [1, 2, 3, double.NaN], 1, 4)));
    }

    [Theory]
    [InlineData("sklearn", 2)]
    [InlineData("python_function", 1)]
    public async Task A_folder_of_MLflow_answers_by_the_names_of_its_columns_in_any_order(string flavor, int outputs)
    {
        await using var host = await PythonHost.StartAsync(null, "sklearn");
        var rows = await JsonAsync("rows.json");
        var names = rows.GetProperty("names").EnumerateArray().Select(n => n.GetString()!).ToArray();
        var x = Floats(rows.GetProperty("rows"));
        var model = await host.LoadAsync(await models.PathAsync("mlflow"), flavor);
        Assert.Equal(names, model.Signature.Inputs.Select(i => i.Name));
        var columns = names.Select((n, c) => (Tensor)Tensor.Of(n, [.. x.Where((_, i) => i % 4 == c)], x.Length / 4)).Reverse().ToArray();
        var answer = (await model.PredictAsync(columns, default)).Tensors;
        Assert.Equal(outputs, answer.Count);
        var cases = await JsonAsync("mlflow/cases.json");
        foreach (var tensor in answer) AssertEqual(cases.GetProperty(tensor.Name), tensor);
    }

    [Fact]
    public async Task Columns_of_numbers_and_of_texts_reach_a_pipeline_as_a_data_frame()
    {
        await using var host = await PythonHost.StartAsync(null, "sklearn", "pandas");
        var signature = new ModelSignature
        {
            Inputs = [new TensorSpec { Name = "age", Datatype = "FP64" }, new TensorSpec { Name = "sex", Datatype = "BYTES" }],
            Outputs = [new TensorSpec { Name = "survived", Datatype = "INT64" }, new TensorSpec { Name = "chance", Datatype = "FP64", Shape = [-1, 2] }],
        };
        var model = await host.LoadAsync(await models.PathAsync("columns"), "sklearn", signature);
        var answer = (await model.PredictAsync([Tensor.Of("age", [20.0, 30, 40, 50, 60, 70], 6), Tensor.Of("sex", ["m", "f", "m", "f", "m", "f"], 6)], default)).Tensors;
        var cases = await JsonAsync("columns/cases.json");
        Assert.Equal(["survived", "chance"], answer.Select(t => t.Name));
        AssertEqual(cases.GetProperty("predict"), answer[0]);
        AssertEqual(cases.GetProperty("predict_proba"), answer[1]);
        Assert.Contains("unknown categories", await model.FailsAsync(Tensor.Of("age", [20.0], 1), Tensor.Of("sex", ["x"], 1)));
    }

    [Fact]
    public async Task What_a_folder_lacks_is_named()
    {
        await using var host = await PythonHost.StartAsync();
        async Task<string> FailsAsync(string flavor, params (string, string)[] files) => (await Assert.ThrowsAsync<ModelException>(() => host.LoadAsync(host.Folder(null, files), flavor))).Message;
        Assert.Equal("The folder has no model.joblib or model.pkl.", await FailsAsync("sklearn"));
        Assert.StartsWith("model.pkl is no pickle that can be loaded here: ", await FailsAsync("sklearn", ("model.pkl", "no pickle")));
        Assert.Equal("The folder has no file MLmodel.", await FailsAsync("python_function"));
        var pyfunc = await FailsAsync("python_function", ("MLmodel", "flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n"));
        Assert.SkipWhen(pyfunc.Contains("model.pkl"), "mlflow is installed");
        Assert.StartsWith("This model is loaded by mlflow.pyfunc.model, which needs the Python package mlflow; it is not installed in /usr/bin/python3.", pyfunc);
    }
}
