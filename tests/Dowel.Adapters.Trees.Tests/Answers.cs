using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Testing;

namespace Dowel.Adapters.Trees.Tests;

/// <summary>Asks a model and compares.</summary>
internal static class Answers
{
    public const double Tolerance = 1e-6;

    public static async Task<double[]> AskAsync(ILoadedModel model, Cases cases)
    {
        var inputs = model.Signature.Inputs;
        Tensor[] tensors = inputs is [{ Shape.Count: 2 } only]
            ? [Tensor.Of(only.Name, cases.X, cases.Rows, cases.Width)]
            : [.. inputs.Select((input, c) => Tensor.Of(input.Name, Enumerable.Range(0, cases.Rows).Select(r => cases.X[(r * cases.Width) + c]).ToArray(), cases.Rows))];
        var answer = Assert.Single(await model.AnswerAsync(tensors, default));
        Assert.Equal("prediction", answer.Name);
        Assert.Equal(cases.Rows, answer.Rows);
        Assert.Equal(model.Signature.Outputs[0].Shape.Count, answer.Shape.Length);
        return answer is Tensor<float> floats ? Array.ConvertAll(floats.Values, v => (double)v) : Assert.IsType<Tensor<double>>(answer).Values;
    }

    /// <summary>All rows at once, then each alone, are what the library answered; large numbers to as many digits.</summary>
    public static async Task SameAsync(ILoadedModel model, Cases cases)
    {
        var all = await AskAsync(model, cases);
        Close(cases.Prediction, all);
        var width = all.Length / cases.Rows;
        await Parallel.ForAsync(0, cases.Rows, async (row, _) => Assert.Equal(all[(row * width)..((row + 1) * width)], await AskAsync(model, cases.Row(row))));
    }

    public static void Close(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = expected.Zip(actual, (e, a) => Math.Abs(e - a) / Math.Max(1, Math.Abs(e))).Max();
        Assert.True(largest <= Tolerance, $"differs by {largest}");
        TestContext.Current.TestOutputHelper?.WriteLine($"largest difference {largest:g3}");
    }
}
