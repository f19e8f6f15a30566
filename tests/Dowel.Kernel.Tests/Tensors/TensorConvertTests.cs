using Dowel.Contracts;
using Dowel.Kernel.Tensors;

namespace Dowel.Kernel.Tests.Tensors;

public class TensorConvertTests
{
    [Fact]
    public void Integers_widen_and_become_floats_where_exact()
    {
        Assert.Equal([1L, -2L], Values<long>(TensorConvert.Cast(Tensor.Of("x", [1, -2]), "INT64").Value));
        Assert.Equal([16777216f], Values<float>(TensorConvert.Cast(Tensor.Of("x", [16777216L]), "FP32").Value));
    }

    [Fact]
    public void What_would_lose_its_value_is_refused_naming_it()
    {
        Assert.Contains("16777217", TensorConvert.Cast(Tensor.Of("x", [16777217L]), "FP32").Failure!.Detail);
        Assert.NotNull(TensorConvert.Cast(Tensor.Of("x", [300]), "INT8").Failure);
        Assert.NotNull(TensorConvert.Cast(Tensor.Of("x", [-1]), "UINT8").Failure);
        Assert.NotNull(TensorConvert.Cast(Tensor.Of("x", [1.5]), "INT64").Failure);
        Assert.NotNull(TensorConvert.Cast(Tensor.Of("x", [double.NaN]), "INT64").Failure);
        Assert.NotNull(TensorConvert.Cast(Tensor.Of("x", [1e300]), "FP32").Failure);
        Assert.NotNull(TensorConvert.Cast(Tensor.Of("x", [long.MaxValue]), "FP64").Failure);
        Assert.NotNull(TensorConvert.Cast(Tensor.Of("x", ["1"]), "INT64").Failure);
        Assert.NotNull(TensorConvert.Cast(Tensor.Of("x", [1L]), "BYTES").Failure);
        Assert.NotNull(TensorConvert.Cast(Tensor.Of("x", [1L]), "NONSENSE").Failure);
    }

    [Fact]
    public void Doubles_round_to_floats_and_keep_missing_and_infinite_values()
    {
        var cast = Values<float>(TensorConvert.Cast(Tensor.Of("x", [0.1, double.NaN, double.PositiveInfinity]), "FP32").Value);
        Assert.Equal([0.1f, float.NaN, float.PositiveInfinity], cast);
    }

    [Fact]
    public void Plain_values_become_what_the_signature_says()
    {
        Assert.Equal([1f, float.NaN], Values<float>(From("FP32", 1L, null)));
        Assert.Equal(["a", null!], Values<string>(From("BYTES", "a", null)));
        Assert.Equal([1L], Values<long>(From("INT64", true)));
        Assert.Equal([double.PositiveInfinity], Values<double>(From("FP64", "Infinity")));
        foreach (var (type, value) in new (string, object?)[] { ("INT64", "1"), ("INT64", null), ("BOOL", 1L), ("BYTES", 1L), ("FP64", "x") })
            Assert.Equal("request.invalid", TensorConvert.FromValues(new TensorSpec { Name = "x", Datatype = type }, [value]).Failure!.Code.Code);
    }

    private static Tensor From(string type, params object?[] values) => TensorConvert.FromValues(new TensorSpec { Name = "x", Datatype = type }, values).Value;

    private static T[] Values<T>(Tensor tensor) => ((Tensor<T>)tensor).Values;
}
