using System.Buffers.Binary;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Python;

namespace Dowel.Serving.Tests.Python;

public sealed class FrameTests
{
    /// <summary>An answer as a worker sends it: tensors as the server sends them, no tags, no metrics.</summary>
    private static byte[] Answer(params Tensor[] tensors)
    {
        var buffer = new FrameBuffer();
        WorkerFrames.Predict(buffer, 1, tensors);
        return [.. buffer.Written.Span[WorkerFrames.HeaderBytes..], 0, 0, 0, 0];
    }

    [Fact]
    public void Whatever_bytes_come_they_are_an_answer_or_refused()
    {
        var good = Answer(Tensor.Of("x", [1f, 2f], 2), Tensor.Of("text", ["a", null!, "ccc"], 3), Tensor.Of("flag", [true], 1, 1));
        Assert.Equal(3, new FrameReader(good).Output().Tensors.Count);
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            byte[] bad = [.. good];
            for (var n = random.Next(1, 5); n > 0; n--) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            if (i % 3 == 0) bad = bad[..random.Next(bad.Length)];
            try
            {
                foreach (var tensor in new FrameReader(bad).Output().Tensors) Assert.Equal(tensor.Count, tensor.Shape.Aggregate(1L, (a, b) => a * b));
            }
            catch (InvalidDataException)
            {
                // Nothing else is thrown.
            }
        }
    }

    [Theory]
    [InlineData(1L << 40)]
    [InlineData(-1L)]
    [InlineData(long.MaxValue)]
    public void A_shape_alone_reserves_no_memory(long size)
    {
        var frame = Answer(Tensor.Of("x", [1f, 2f], 2));
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(2 + 4 + 1), size);
        Assert.Throws<InvalidDataException>(() => new FrameReader(frame).Output());
    }
}
