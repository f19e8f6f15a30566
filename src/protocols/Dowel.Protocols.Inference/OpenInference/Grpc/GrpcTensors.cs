using System.Buffers;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.OpenInference.Grpc.Wire;
using Dowel.Protocols.Inference.Wire;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace Dowel.Protocols.Inference.OpenInference.Grpc;

/// <summary>Tensors of the messages: raw, or in the field of their data type.</summary>
internal static class GrpcTensors
{
    /// <summary>The inputs of a request. Throws <see cref="FailureException"/>.</summary>
    public static IReadOnlyList<Tensor> Read(ModelInferRequest request)
    {
        RefuseOtherForms(request);
        var raw = request.RawInputContents;
        if (raw.Count > 0 && raw.Count != request.Inputs.Count)
            throw Shapes.Wrong("raw_input_contents", $"{raw.Count} of them", $"{request.Inputs.Count}, one for each input");
        var inputs = new Tensor[request.Inputs.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            var input = request.Inputs[i];
            var field = $"inputs[{i}]";
            if (input.Name.Length == 0) throw Shapes.Wrong($"{field}.name", null, "the name of an input");
            long[] shape = [.. input.Shape];
            if (raw.Count == 0) inputs[i] = Read(input, shape, field);
            // MLServer's client sends the message along, without anything in it.
            else if (input.Contents?.CalculateSize() > 0) throw Shapes.Wrong($"{field}.contents", "contents", "none, as the request has raw_input_contents");
            else inputs[i] = RawTensors.Read(new ReadOnlySequence<byte>(raw[i].Memory), input.Name, input.Datatype, shape, field);
        }
        return inputs;
    }

    /// <summary>Adds outputs to an answer: raw where the request was, or where a data type has no field.</summary>
    public static void Write(ModelInferResponse response, IReadOnlyList<Tensor> outputs, bool raw)
    {
        raw = raw || outputs.Any(o => o is Tensor<Half>);
        foreach (var output in outputs)
        {
            var written = new ModelInferResponse.Types.InferOutputTensor { Name = output.Name, Datatype = output.Datatype };
            written.Shape.AddRange(output.Shape);
            GrpcParameters.Write(written.Parameters, OipParameters.Of(output)?.Own);
            response.Outputs.Add(written);
            if (raw)
            {
                var bytes = new byte[RawTensors.Size(output)];
                RawTensors.Write(output, bytes);
                response.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(bytes));
            }
            else written.Contents = ContentsOf(output);
        }
    }

    /// <summary>The outputs that were asked for; all where none were named.</summary>
    public static Result<IReadOnlyList<Tensor>> Select(IReadOnlyList<Tensor> outputs, RepeatedField<ModelInferRequest.Types.InferRequestedOutputTensor> wanted)
    {
        if (wanted.Count == 0) return Result.Ok(outputs);
        var selected = new List<Tensor>(wanted.Count);
        for (var i = 0; i < wanted.Count; i++)
        {
            if (outputs.FirstOrDefault(o => o.Name == wanted[i].Name) is not { } output)
                return Failure.Invalid($"outputs[{i}].name", wanted[i].Name, string.Join(", ", outputs.Select(o => o.Name)));
            selected.Add(output);
        }
        return Result.Ok<IReadOnlyList<Tensor>>(selected);
    }

    // Other parameters are hints for other servers and change no answer.
    private static void RefuseOtherForms(ModelInferRequest request)
    {
        for (var i = 0; i < request.Inputs.Count; i++)
            if (request.Inputs[i].Parameters.ContainsKey("shared_memory_region"))
                throw Shapes.Wrong($"inputs[{i}].parameters.shared_memory_region", "shared memory", "the values in the request, as this server shares no memory");
        for (var i = 0; i < request.Outputs.Count; i++)
            foreach (var parameter in (ReadOnlySpan<string>)["shared_memory_region", "classification"])
                if (request.Outputs[i].Parameters.ContainsKey(parameter))
                    throw Shapes.Wrong($"outputs[{i}].parameters.{parameter}", parameter, "no such parameter, as this server answers what the model answers, in the answer");
    }

    private static Tensor Read(ModelInferRequest.Types.InferInputTensor input, long[] shape, string field)
    {
        var contents = input.Contents ?? new InferTensorContents();
        return input.Datatype switch
        {
            "FP32" => Take(input, shape, field, contents.Fp32Contents, "fp32_contents"),
            "FP64" => Take(input, shape, field, contents.Fp64Contents, "fp64_contents"),
            "INT64" => Take(input, shape, field, contents.Int64Contents, "int64_contents"),
            "INT32" => Take(input, shape, field, contents.IntContents, "int_contents"),
            "INT16" => Narrow(Take(input, shape, field, contents.IntContents, "int_contents"), v => (short)v, short.MinValue, short.MaxValue, field, "int_contents"),
            "INT8" => Narrow(Take(input, shape, field, contents.IntContents, "int_contents"), v => (sbyte)v, sbyte.MinValue, sbyte.MaxValue, field, "int_contents"),
            "UINT64" => Take(input, shape, field, contents.Uint64Contents, "uint64_contents"),
            "UINT32" => Take(input, shape, field, contents.UintContents, "uint_contents"),
            "UINT16" => Narrow(Take(input, shape, field, contents.UintContents, "uint_contents"), v => (ushort)v, 0u, ushort.MaxValue, field, "uint_contents"),
            "UINT8" => Narrow(Take(input, shape, field, contents.UintContents, "uint_contents"), v => (byte)v, 0u, byte.MaxValue, field, "uint_contents"),
            "BOOL" => Take(input, shape, field, contents.BoolContents, "bool_contents"),
            "BYTES" => new Tensor<string>(input.Name, [.. Values(shape, field, contents.BytesContents, "bytes_contents").Select(b => RawTensors.Text(b.Span, $"{field}.contents.bytes_contents"))], shape),
            "FP16" or "BF16" => throw Shapes.Wrong($"{field}.datatype", input.Datatype, "raw_input_contents for FP16 and BF16, as contents have no field for them"),
            _ => throw RawTensors.UnknownDatatype(field, input.Datatype),
        };
    }

    private static Tensor<T> Take<T>(ModelInferRequest.Types.InferInputTensor input, long[] shape, string field, RepeatedField<T> values, string contents)
        => new(input.Name, Values(shape, field, values, contents), shape);

    private static T[] Values<T>(long[] shape, string field, RepeatedField<T> values, string contents)
    {
        var count = Shapes.Count(shape, $"{field}.shape");
        if (values.Count != count) throw Shapes.Wrong($"{field}.contents.{contents}", $"{values.Count} values", $"{count} values, as the shape {Shapes.Text(shape)} says");
        var array = new T[count];
        values.CopyTo(array, 0);
        return array;
    }

    private static Tensor<TTo> Narrow<TFrom, TTo>(Tensor<TFrom> tensor, Converter<TFrom, TTo> convert, TFrom min, TFrom max, string field, string contents) where TFrom : IComparable<TFrom>
    {
        foreach (var value in tensor.Values)
            if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0) throw Shapes.Wrong($"{field}.contents.{contents}", value, $"values of {Datatypes.Of<TTo>()}");
        return new(tensor.Name, Array.ConvertAll(tensor.Values, convert), tensor.Shape);
    }

    private static InferTensorContents ContentsOf(Tensor tensor)
    {
        var contents = new InferTensorContents();
        switch (tensor)
        {
            case Tensor<float> t: contents.Fp32Contents.AddRange(t.Values); break;
            case Tensor<double> t: contents.Fp64Contents.AddRange(t.Values); break;
            case Tensor<long> t: contents.Int64Contents.AddRange(t.Values); break;
            case Tensor<int> t: contents.IntContents.AddRange(t.Values); break;
            case Tensor<short> t: contents.IntContents.AddRange(t.Values.Select(v => (int)v)); break;
            case Tensor<sbyte> t: contents.IntContents.AddRange(t.Values.Select(v => (int)v)); break;
            case Tensor<ulong> t: contents.Uint64Contents.AddRange(t.Values); break;
            case Tensor<uint> t: contents.UintContents.AddRange(t.Values); break;
            case Tensor<ushort> t: contents.UintContents.AddRange(t.Values.Select(v => (uint)v)); break;
            case Tensor<byte> t: contents.UintContents.AddRange(t.Values.Select(v => (uint)v)); break;
            case Tensor<bool> t: contents.BoolContents.AddRange(t.Values); break;
            case Tensor<string> t: contents.BytesContents.AddRange(t.Values.Select(v => v is null ? ByteString.Empty : ByteString.CopyFromUtf8(v))); break;
            default: throw new NotSupportedException(tensor.Datatype);
        }
        return contents;
    }
}
