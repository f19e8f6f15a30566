using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Tests.Python;

public sealed class DatatypeTests
{
    [Fact]
    public async Task Every_data_type_comes_back_as_it_went()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.PredictsAsync("self, X: dict): return X");
        foreach (var datatype in Datatypes.All)
        {
            var tensors = Cases(datatype);
            var answer = (await model.PredictAsync(tensors, default)).Tensors;
            Assert.Equal(tensors.Length, answer.Count);
            foreach (var (sent, got) in tensors.Zip(answer))
            {
                Assert.Equal((sent.Name, datatype), (got.Name, got.Datatype));
                Assert.Equal(sent.Shape, got.Shape);
                Assert.Equal(Enumerable.Range(0, sent.Count).Select(i => sent[i]), Enumerable.Range(0, got.Count).Select(i => got[i]));
            }
        }
    }

    private static Tensor[] Cases(string datatype) => datatype switch
    {
        "BOOL" => Cases(true, false, true),
        "INT8" => Cases(sbyte.MinValue, sbyte.MaxValue, (sbyte)0),
        "INT16" => Cases(short.MinValue, short.MaxValue, (short)0),
        "INT32" => Cases(int.MinValue, int.MaxValue, 0),
        "INT64" => Cases(long.MinValue, long.MaxValue, 0L),
        "UINT8" => Cases(byte.MinValue, byte.MaxValue, (byte)7),
        "UINT16" => Cases(ushort.MinValue, ushort.MaxValue, (ushort)7),
        "UINT32" => Cases(uint.MinValue, uint.MaxValue, 7u),
        "UINT64" => Cases(ulong.MinValue, ulong.MaxValue, 7ul),
        "FP16" => Cases(Half.NaN, Half.MaxValue, Half.NegativeInfinity),
        "FP32" => Cases(float.NaN, float.Epsilon, float.NegativeInfinity),
        "FP64" => Cases(double.NaN, double.Epsilon, double.PositiveInfinity),
        "BYTES" => Cases("", "Grüße, 世界 🌍", null!),
        _ => throw new NotSupportedException(datatype),
    };

    // Names of odd lengths put the data at odd places.
    private static Tensor[] Cases<T>(T a, T b, T c) =>
    [
        Tensor.Of("x", [a, b, c], 3), Tensor.Of("matrix", [a, b, c, c, b, a], 3, 2), Tensor.Of("cube", [a, b, c], 3, 1, 1), Tensor.Of("name-ü", [c, b, a], 3),
    ];

    [Fact]
    public async Task No_rows_and_empty_columns_come_back_as_they_went()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.PredictsAsync("self, X: dict): return X");
        var answer = (await model.PredictAsync([Tensor.Of("none", Array.Empty<float>(), 0), Tensor.Of("texts", Array.Empty<string>(), 0), Tensor.Of("wide", Array.Empty<long>(), 0, 3)], default)).Tensors;
        Assert.Equal([("FP32", 1), ("BYTES", 1), ("INT64", 2)], answer.Select(t => (t.Datatype, t.Shape.Length)));
        Assert.All(answer, t => Assert.Equal(0, t.Count));
        // Rows without columns.
        var hollow = Assert.Single((await model.PredictAsync([Tensor.Of("hollow", Array.Empty<double>(), 2, 0)], default)).Tensors);
        Assert.Equal([2L, 0L], hollow.Shape);
    }

    [Fact]
    public async Task Arrays_may_be_written_to_and_kept()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.LoadAsync(host.Folder("""
            class Model:
                kept = []
                def predict(self, X):
                    X += 1
                    self.kept.append(X)
                    return [sum(k[0] for k in self.kept)]
            """));
        for (var i = 0; i < 10; i++) await model.OneAsync(Tensor.Of("x", [0.0], 1));
        Assert.Equal([11.0], (await model.OneAsync(Tensor.Of("x", [0.0], 1))).Values<double>());
    }

    [Fact]
    public async Task A_tensor_of_64_MB_goes_and_comes_beside_small_ones()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.PredictsAsync("self, X): return X + 1");
        var big = new double[8 << 20];
        for (var i = 0; i < big.Length; i++) big[i] = i;
        var large = model.OneAsync(Tensor.Of("x", big, 8, 1 << 20));
        var small = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => model.OneAsync(Tensor.Of("x", [(float)i], 1))));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => i + 1f), small.Select(s => s.Values<float>()[0]));
        var back = (await large).Values<double>();
        Assert.Equal(big.Length, back.Count);
        Assert.Equal(big[^1] + 1, back[^1]);
        Assert.Equal(big[123_456] + 1, back[123_456]);
    }
}
