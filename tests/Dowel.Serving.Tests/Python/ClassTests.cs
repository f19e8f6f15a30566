using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Tests.Python;

public sealed class ClassTests
{
    private static readonly Tensor Ages = Tensor.Of("age", [30.0, 40.0], 2);
    private static readonly Tensor Fares = Tensor.Of("fare", [7.0, 8.0], 2);
    private static readonly Tensor Names = Tensor.Of("name", ["Ann", "Bo"], 2);

    [Theory]
    [InlineData("self, X: dict): return X['age'] + X['fare']")]
    [InlineData("self, X): return X['age'] + X['fare']")]
    [InlineData("self, age, fare): return age + fare")]
    [InlineData("self, X, features_names): return X[:, features_names.index('age')] + X[:, features_names.index('fare')]")]
    public async Task Predict_gets_its_inputs_the_way_its_arguments_ask_for_them(string predict)
    {
        await using var host = await PythonHost.StartAsync(null, "pandas");
        var model = await host.PredictsAsync(predict);
        Assert.Equal([37.0, 48.0], (await model.OneAsync(Ages, Fares)).Values<double>());
    }

    [Theory]
    [InlineData("return {'output': X * 2}")]
    [InlineData("return (X * 2,)", "output_0")]
    [InlineData("import pandas; return pandas.DataFrame({'output': X * 2})")]
    public async Task Predict_may_return_arrays_lists_dicts_tuples_and_frames(string body, string name = "output")
    {
        await using var host = await PythonHost.StartAsync(null, "pandas");
        var model = await host.PredictsAsync($"self, X): {body}");
        var answer = await model.OneAsync(Ages);
        Assert.Equal((name, "FP64"), (answer.Name, answer.Datatype));
        Assert.Equal([60.0, 80.0], answer.Values<double>());
    }

    [Fact]
    public async Task Numbers_and_texts_come_together()
    {
        await using var host = await PythonHost.StartAsync(null, "pandas");
        var model = await host.PredictsAsync("self, X): return {'greeting': 'Dear ' + X['name'], 'next': X['age'] + 1, 'old': X['age'] > 35, 'n': X['age'].astype('int64')}");
        var answer = (await model.PredictAsync([Ages, Names], default)).Tensors;
        Assert.Equal(["greeting", "next", "old", "n"], answer.Select(t => t.Name));
        Assert.Equal(["Dear Ann", "Dear Bo"], answer[0].Values<string>());
        Assert.Equal([31.0, 41.0], answer[1].Values<double>());
        Assert.Equal([false, true], answer[2].Values<bool>());
        Assert.Equal([30L, 40L], answer[3].Values<long>());
    }

    [Fact]
    public async Task The_answer_to_one_row_may_leave_out_the_row()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.PredictsAsync("self, X): return [0.1, 0.9]");
        Assert.Equal("1,2", string.Join(",", (await model.OneAsync(Tensor.Of("x", [1.0], 1))).Shape));
        var scalar = await host.PredictsAsync("self, X): return 'yes'");
        Assert.Equal(["yes"], (await scalar.OneAsync(Tensor.Of("x", [1.0], 1))).Values<string>());
    }

    [Fact]
    public async Task Registered_outputs_give_their_names_order_and_types()
    {
        await using var host = await PythonHost.StartAsync();
        var signature = new ModelSignature { Inputs = [new TensorSpec { Name = "age", Datatype = "FP64" }], Outputs = [new TensorSpec { Name = "score", Datatype = "FP32" }, new TensorSpec { Name = "label", Datatype = "INT32" }] };
        var model = await host.PredictsAsync("self, X): return {'label': [1, 2], 'score': X}", signature);
        var answer = (await model.PredictAsync([Ages], default)).Tensors;
        Assert.Equal([("score", "FP32"), ("label", "INT32")], answer.Select(t => (t.Name, t.Datatype)));
        var tuple = await host.PredictsAsync("self, X): return X, [1, 2]", signature);
        Assert.Equal(["score", "label"], (await tuple.PredictAsync([Ages], default)).Tensors.Select(t => t.Name));
    }

    [Fact]
    public async Task The_class_declares_its_inputs_and_outputs_itself()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.LoadAsync(host.Folder("""
            import numpy as np
            class Model:
                inputs = {"age": float, "name": str}
                outputs = [{"name": "score", "datatype": "FP32", "shape": [-1, 2]}]
                def predict(self, age, name): return np.stack([age, age], axis=1)
            """));
        Assert.Equal([("age", "FP64"), ("name", "BYTES")], model.Signature.Inputs.Select(i => (i.Name, i.Datatype)));
        Assert.Equal([-1L, 2L], Assert.Single(model.Signature.Outputs).Shape);
        var answer = await model.OneAsync(Ages, Names);
        Assert.Equal(("score", "FP32"), (answer.Name, answer.Datatype));
    }

    [Fact]
    public async Task Parameters_come_from_the_settings_file_and_load_gets_the_folder()
    {
        await using var host = await PythonHost.StartAsync();
        var folder = host.Folder(null, ("scoring.py", """
            import os
            class Other:
                def predict(self, X): return None
            class Scorer:
                def __init__(self, factor, offset=0): self.factor, self.offset = factor, offset
                async def load(self, folder): self.weight = float(open(os.path.join(folder, "weight.txt")).read()) + float(open("weight.txt").read())
                def predict(self, X): return X * self.factor * self.weight + self.offset
            """), ("weight.txt", "0.5"), ("dowel.json", """{"class": "scoring.Scorer", "parameters": {"factor": 3}}"""));
        var model = await host.LoadAsync(folder);
        Assert.Equal([90.0, 120.0], (await model.OneAsync(Ages)).Values<double>());
        Assert.False(Directory.Exists(Path.Combine(folder, "__pycache__")));
    }

    [Fact]
    public async Task Tags_and_metrics_go_with_each_answer()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.LoadAsync(host.Folder("""
            class Model:
                def predict(self, X):
                    self.seen = len(X)
                    return X
                def tags(self): return {"model": "tiny", "seen": self.seen}
                def metrics(self): return [{"type": "COUNTER", "key": "rows", "value": self.seen}, {"type": "GAUGE", "key": "heat", "value": 0.5}, {"type": "TIMER", "key": "took", "value": 12.5}]
            """));
        var answer = await model.PredictAsync([Ages], default);
        Assert.Equal(new Dictionary<string, string> { ["model"] = "tiny", ["seen"] = "2" }, answer.Tags);
        Assert.Equal([new("rows", ModelMetricKind.Counter, 2), new("heat", ModelMetricKind.Gauge, 0.5), new("took", ModelMetricKind.Timer, 12.5)], answer.Metrics!);
    }

    [Fact]
    public async Task Requests_of_an_async_predict_overlap()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.LoadAsync(host.Folder("""
            import asyncio
            class Model:
                async def load(self): self.all_in, self.waiting = asyncio.Event(), 0
                async def predict(self, X):
                    self.waiting += 1
                    if self.waiting == 20: self.all_in.set()
                    await self.all_in.wait()
                    return X * 2
            """));
        // Each waits for the last one, so none would be answered if they took turns.
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => model.OneAsync(Tensor.Of("x", [(double)i], 1)))).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => i * 2.0), answers.Select(a => a.Values<double>()[0]));
    }

    [Fact]
    public async Task What_the_model_prints_and_its_tracebacks_go_to_the_log_and_a_clean_line_to_the_caller()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.LoadAsync(host.Folder("""
            import sys
            print("imported")
            class Model:
                def predict(self, X):
                    print("called", file=sys.stderr)
                    return self.deeper(X)
                def deeper(self, X):
                    raise ValueError("age must\nbe positive")
            """));
        Assert.Equal("ValueError: age must be positive", await model.FailsAsync(Ages));
        await host.Log.HasAsync("ValueError: age must");
        await host.Log.HasAsync("line 8, in deeper");
        Assert.Contains("imported", host.Log.Text);
        Assert.Contains("called", host.Log.Text);
    }

    [Theory]
    [InlineData("self, X): return [1.0, 2.0, 3.0]", "The output 'output' has 3 rows for 2 rows of input.")]
    [InlineData("self, X): raise SystemExit('bye')", "SystemExit: bye")]
    public async Task Answers_that_cannot_be_are_told_to_the_caller(string predict, string message)
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.PredictsAsync(predict);
        Assert.Equal(message, await model.FailsAsync(Ages));
        // It goes on.
        Assert.Equal(message, await model.FailsAsync(Ages));
        Assert.True(model.IsAvailable);
    }

    [Theory]
    [InlineData("import nonesuch", "The Python package 'nonesuch' is not installed in /usr/bin/python3; name it in requirements.txt")]
    [InlineData("class Model:\n    def predict(self, X) return X", "SyntaxError: expected ':' (model.py, line 2)")]
    [InlineData("class A:\n    def __init__(self, size): pass\n    def predict(self, X): pass", "A cannot be made with the parameters {}: ")]
    [InlineData("class A:\n    def load(self): raise OSError('no weights')\n    def predict(self, X): pass", "The model failed while it was loaded: OSError: no weights")]
    [InlineData("import sys\nsys.exit(3)", "The model failed while it was loaded: SystemExit: 3")]
    [InlineData("import os\nprint('so long', flush=True)\nos._exit(7)", "The worker ended with status 7 before its model was loaded: so long")]
    [InlineData(null, "The folder has no model.py.")]
    public async Task A_folder_that_is_no_model_says_what_is_wrong(string? code, string message)
    {
        await using var host = await PythonHost.StartAsync();
        var e = await Assert.ThrowsAsync<ModelException>(() => host.LoadAsync(host.Folder(code)));
        Assert.Contains(message, e.Message);
    }
}
