using System.Buffers;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Observability.Log;

namespace Dowel.Observability.Tests;

public sealed class CodecTests
{
    private static readonly PredictionCodec Codec = new();

    private static PredictionRecord Blank => new()
    {
        Id = Guid.CreateVersion7(), AtMicros = 1_700_000_000_123_456, EndpointId = "ep_1", Endpoint = "e", CallerId = "u", Caller = "alice", Protocol = "oip-rest", Status = 200, LatencyMicros = 1234,
    };

    private static byte[] Bytes(in PredictionRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Codec.Write(buffer, in record);
        return buffer.WrittenSpan.ToArray();
    }

    private static PredictionRecord RoundTrip(in PredictionRecord record) => Codec.Read(Bytes(in record));

    private static Dictionary<string, object?[]> Json(IReadOnlyList<Tensor>? tensors) => JsonSerializer.Deserialize<Dictionary<string, object?[]>>(TensorJson.Own.Values(tensors), DowelJson.Options)!;

    [Fact]
    public void Keeps_every_field_and_every_type()
    {
        var record = Blank with
        {
            Model = "m/7", Deployment = "v7", Error = "it's \"bad\"", Rows = 2, FeaturesMicros = 5, ModelMicros = 6,
            Inputs =
            [
                Tensor.Of("b", [true, false]), Tensor.Of("i8", new sbyte[] { -1, 2 }), Tensor.Of("i16", new short[] { -300, 2 }), Tensor.Of("i32", [int.MinValue, 2]), Tensor.Of("i64", [long.MinValue, long.MaxValue]),
                Tensor.Of("u8", new byte[] { 255, 2 }), Tensor.Of("u16", new ushort[] { 65535, 2 }), Tensor.Of("u32", [uint.MaxValue, 2u]), Tensor.Of("u64", [ulong.MaxValue, 2ul]),
                Tensor.Of("f16", [(Half)0.5f, Half.NaN]), Tensor.Of("f32", [0.1f, float.NegativeInfinity]), Tensor.Of("f64", [1e-320, double.PositiveInfinity]), Tensor.Of("s", ["ü'😀\"\u0001\0", null!]),
            ],
            Features = [],
            Outputs = [Tensor.Of("matrix", [1f, 2f, 3f, 4f, 5f, 6f], 2, 3), Tensor.Of("column", [1.5, 2.5], 2, 1), Tensor.Of("empty", Array.Empty<long>(), 0)],
        };
        var read = RoundTrip(in record);
        Assert.Equal(record with { Inputs = null, Features = null, Outputs = null }, read with { Inputs = null, Features = null, Outputs = null });
        Assert.Empty(read.Features!);
        foreach (var (expected, given) in record.Inputs.Concat(record.Outputs).Zip(read.Inputs!.Concat(read.Outputs!)))
        {
            Assert.Equal((expected.Name, expected.Datatype), (given.Name, given.Datatype));
            Assert.Equal(expected.Shape, given.Shape);
            Assert.Equal(Enumerable.Range(0, expected.Count).Select(i => expected[i]), Enumerable.Range(0, given.Count).Select(i => given[i]));
        }
        var json = Json(read.Inputs);
        Assert.Equal([0.1, "-Infinity"], json["f32"]);
        Assert.Equal([long.MinValue, long.MaxValue], json["i64"]);
        Assert.Equal([0.5, "NaN"], json["f16"]);
        Assert.Equal(["ü'😀\"\u0001\0", null], json["s"]);
        var outputs = Json(read.Outputs);
        Assert.Equal([1L, 2L, 3L], (object?[])outputs["matrix"][0]!);
        Assert.Equal([1.5, 2.5], outputs["column"]);
        Assert.Empty(outputs["empty"]);
    }

    [Fact]
    public void Takes_a_record_of_which_little_is_known()
    {
        var read = RoundTrip(Blank with { Model = null!, Deployment = null! });
        Assert.Equal(("", "", null, null), (read.Model, read.Deployment, read.Inputs, read.Error));
    }

    [Fact]
    public void Names_that_stand_twice_stay_apart_in_json()
        => Assert.Equal(["a", "a (2)", "a (3)"], Json([Tensor.Of("a", [1L]), Tensor.Of("a", [2L]), Tensor.Of("a", [3L])]).Keys);

    [Fact]
    public void A_record_is_never_larger_than_a_mebibyte()
    {
        var megabytes = new string('x', 5_000_000);
        PredictionRecord[] large =
        [
            Blank with { Inputs = [Tensor.Of("text", [megabytes])] },
            Blank with { Inputs = [Tensor.Of("text", [string.Concat(Enumerable.Repeat("😀", 1_000_000))])] },
            Blank with { Inputs = [Tensor.Of("text", [.. Enumerable.Repeat("row", 1_000_000)])] },
            Blank with { Inputs = [Tensor.Of("image", new float[3 * 1024 * 1024], 1, 3, 1024, 1024)], Rows = 1, Outputs = [Tensor.Of("label", [7L])] },
            Blank with { Inputs = [Tensor.Of("a", new double[200_000]), Tensor.Of("small", [1L, 2L])], Features = [Tensor.Of("b", new double[200_000])], Outputs = [Tensor.Of("c", new double[200_000])] },
            Blank with { Inputs = [.. Enumerable.Range(0, 10_000).Select(i => Tensor.Of($"column {i} {new string('n', 900)}", [(double)i]))] },
            Blank with { Error = megabytes, Caller = megabytes, Model = megabytes, Inputs = [Tensor.Of(megabytes, [megabytes])], Outputs = [Tensor.Of(megabytes, [megabytes])] },
        ];
        foreach (var record in large)
        {
            var bytes = Bytes(in record);
            Assert.InRange(bytes.Length, 1, PredictionCodec.MostBytes);
            var read = Codec.Read(bytes);
            var text = TensorJson.Own.Values(read.Inputs);
            Assert.Contains(TensorCodec.Truncated, text);
            Assert.DoesNotContain('\uFFFD', text);
            Json(read.Inputs);
        }
        var image = RoundTrip(in large[3]);
        Assert.Equal([1, 3, 1024, 1024], image.Inputs![0].Shape);
        Assert.Equal([TensorCodec.Truncated], Json(image.Inputs)["image"]);
        Assert.Equal([7L], Json(image.Outputs)["label"]);
        Assert.Equal([1L, 2L], Json(RoundTrip(in large[4]).Inputs)["small"]);
        Assert.EndsWith(" more", (string)Json(RoundTrip(in large[5]).Inputs)[TensorCodec.Truncated][0]!);
    }

    [Fact]
    public void Ten_thousand_columns_are_kept_whole()
    {
        Tensor[] columns = [.. Enumerable.Range(0, 10_000).Select(i => Tensor.Of($"c{i}", [(double)i]))];
        var read = RoundTrip(Blank with { Inputs = columns, Rows = 1 });
        Assert.Equal(10_000, Json(read.Inputs).Count);
        Assert.Equal(9999L, Json(read.Inputs)["c9999"][0]);
    }
}
