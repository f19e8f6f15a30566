using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.OpenInference.Rest;

namespace Dowel.Protocols.Inference.Tests;

public class OipRestReaderTests
{
    [Fact]
    public void Reads_the_example_of_the_specification()
    {
        var request = Parse("""
            {"id":"42","inputs":[{"name":"input0","shape":[2,2],"datatype":"UINT32","data":[1,2,3,4]},{"name":"input1","shape":[3],"datatype":"BOOL","data":[true]}],"outputs":[{"name":"output0"}]}
            """.Replace("[3],\"datatype\":\"BOOL\"", "[1],\"datatype\":\"BOOL\""));
        Assert.Equal("42", request.Id);
        Assert.Equal([1u, 2u, 3u, 4u], Assert.IsType<Tensor<uint>>(request.Inputs[0]).Values);
        Assert.Equal([2L, 2L], request.Inputs[0].Shape);
        Assert.Equal([true], Assert.IsType<Tensor<bool>>(request.Inputs[1]).Values);
        Assert.Equal([new OipRestOutput("output0", null)], request.Outputs!);
    }

    [Fact]
    public void Reads_nested_data_and_data_before_its_shape()
    {
        var tensor = Assert.IsType<Tensor<float>>(Parse("""{"inputs":[{"data":[[1,2],[3.5,null]],"datatype":"FP32","name":"x","parameters":{"a":[{}]},"shape":[2,2]}]}""").Inputs[0]);
        Assert.Equal([1f, 2f, 3.5f, float.NaN], tensor.Values);
    }

    [Theory]
    [InlineData("""[]""", "$")]
    [InlineData("""{}""", "inputs")]
    [InlineData("""{"inputs":{}}""", "inputs")]
    [InlineData("""{"inputs":[1]}""", "inputs[0]")]
    [InlineData("""{"inputs":[{}]}""", "inputs[0].name")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"data":[1]}]}""", "inputs[0].datatype")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"INT65","data":[1]}]}""", "inputs[0].datatype")]
    [InlineData("""{"inputs":[{"name":"x","datatype":"INT64","data":[1]}]}""", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"x","shape":[-1],"datatype":"INT64","data":[1]}]}""", "inputs[0].shape[0]")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1.5],"datatype":"INT64","data":[1]}]}""", "inputs[0].shape[0]")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"INT64"}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2],"datatype":"INT64","data":[1]}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":[1,2]}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":["1"]}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":[1.5]}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"UINT8","data":[256]}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1e300]}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"BOOL","data":[2]}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":[1]}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[4611686018427387904,4],"datatype":"INT64","data":[1]}]}""", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"x","shape":[3,4611686018427387904],"datatype":"INT64","data":[1]}]}""", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"x","shape":[4,4611686018427387904],"datatype":"INT64","data":[]}]}""", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,3,6148914691236517205],"datatype":"INT64","data":[1]}]}""", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"x","shape":[0,4611686018427387904],"datatype":"INT64","data":[]}]}""", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"datatype":"INT64","data":[1]}]}""", "inputs[0].shape")]
    [InlineData("""{"inputs":[],"outputs":[{}]}""", "outputs[0].name")]
    [InlineData("""{"id":7,"inputs":[]}""", "id")]
    public void Names_the_field_that_is_wrong(string json, string field)
        => Assert.Equal(field, Assert.Throws<FailureException>(() => Parse(json)).Failure.Fields[0].Field);

    [Fact]
    public void A_huge_shape_makes_no_room_before_values_come()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<FailureException>(() => Parse("""{"inputs":[{"name":"x","shape":[2000000000],"datatype":"FP64","data":[1]}]}"""));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void Whatever_the_bytes_it_answers_or_refuses()
        => Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            // Beginning as a request does makes the interesting places reachable.
            byte[] body = [.. Encoding.UTF8.GetBytes("{\"inputs\":[{\"name\":\"x\",\"shape\":[1],"), .. bytes];
            try
            {
                OipRestReader.Parse(new ReadOnlySequence<byte>(body));
            }
            catch (Exception e) when (e is JsonException or FailureException or InvalidOperationException)
            {
            }
        }, iter: 20_000);

    [Fact]
    public void Reads_the_same_whether_the_bytes_come_in_one_piece_or_many()
        => Gen.Select(Gen.Double[-1e6, 1e6].Array[1, 50], Gen.Int[1, 9]).Sample((values, piece) =>
        {
            var json = Encoding.UTF8.GetBytes($$"""{"inputs":[{"name":"x","shape":[{{values.Length}}],"datatype":"FP64","data":{{JsonSerializer.Serialize(values)}}}]}""");
            Piece? first = null, last = null;
            for (var i = 0; i < json.Length; i += piece)
            {
                var next = new Piece(json.AsMemory(i, Math.Min(piece, json.Length - i)), last);
                first ??= next;
                last = next;
            }
            var request = OipRestReader.Parse(new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length));
            Assert.Equal(values, ((Tensor<double>)request.Inputs[0]).Values);
        }, iter: 500);

    private static OipRestRequest Parse(string json) => OipRestReader.Parse(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(json)));

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
