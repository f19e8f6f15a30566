using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.OpenInference.Grpc;
using Dowel.Protocols.Inference.OpenInference.Grpc.Wire;
using Dowel.Protocols.Inference.OpenInference.Rest;
using Dowel.Protocols.Inference.Wire;
using GrpcClient = Dowel.Protocols.Inference.OpenInference.Grpc.Wire.GRPCInferenceService.GRPCInferenceServiceClient;
using Input = Dowel.Protocols.Inference.OpenInference.Grpc.Wire.ModelInferRequest.Types.InferInputTensor;

namespace Dowel.Protocols.Inference.Tests;

/// <summary>The same tensors over every form of the protocol come back the same.</summary>
public class SameAnswersTests
{
    private static readonly Gen<Tensor>[] Tensors =
    [
        Of("BOOL", Gen.Bool), Of("INT8", Gen.SByte), Of("INT16", Gen.Short), Of("INT32", Gen.Int), Of("INT64", Gen.Long), Of("UINT8", Gen.Byte), Of("UINT16", Gen.UShort), Of("UINT32", Gen.UInt), Of("UINT64", Gen.ULong),
        Of("FP16", Gen.Int[-65504, 65504].Select(v => (Half)(v / 7f))), Of("FP32", Gen.OneOf(Gen.Float.Where(float.IsFinite), Gen.Const(float.NaN))), Of("FP64", Gen.OneOf(Gen.Double.Where(double.IsFinite), Gen.Const(double.NaN))), Of("BYTES", Gen.String.Select(Unicode)),
    ];

    [Fact]
    public async Task Json_bytes_contents_and_raw_contents_answer_the_same()
    {
        await using var echo = await EchoHost.StartAsync();
        using var channel = echo.Channel();
        var client = new GrpcClient(channel);
        for (var i = 0; i < 25; i++)
        {
            // All of one number of rows, as a request must have.
            var rows = Gen.Int[1, 5].Single();
            var sent = Tensors.Select(gen => gen.Where(t => t.Rows == rows).Single()).ToArray();
            Tensor[][] answers = [await JsonAsync(echo.Alice, sent), await BytesAsync(echo.Alice, sent), await GrpcAsync(client, sent, raw: true)];
            foreach (var answer in answers) AssertSame(sent, answer);
            // What contents have no field for cannot be sent so.
            Tensor[] typed = [.. sent.Where(t => t.Datatype != "FP16")];
            AssertSame(typed, await GrpcAsync(client, typed, raw: false));
        }
    }

    private static async Task<Tensor[]> JsonAsync(HttpClient http, Tensor[] tensors)
    {
        using var response = await http.PostAsync("/v2/models/echo/infer", new ByteArrayContent(Write(tensors, binary: false)));
        var outputs = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("outputs").GetRawText();
        return [.. OipRestReader.Parse(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes($$"""{"inputs":{{outputs}}}"""))).Inputs];
    }

    private static async Task<Tensor[]> BytesAsync(HttpClient http, Tensor[] tensors)
    {
        var json = Write(tensors, binary: true);
        var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/echo/infer") { Content = new ByteArrayContent([.. json, .. tensors.SelectMany(Raw)]) };
        request.Headers.Add("Inference-Header-Content-Length", $"{json.Length}");
        using var response = await http.SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();
        var length = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single());
        var outputs = Encoding.UTF8.GetBytes($$"""{"inputs":{{JsonDocument.Parse(body.AsMemory(0, length)).RootElement.GetProperty("outputs").GetRawText()}}}""");
        return [.. OipRestReader.Parse(new ReadOnlySequence<byte>([.. outputs, .. body[length..]]), $"{outputs.Length}").Inputs];
    }

    private static async Task<Tensor[]> GrpcAsync(GrpcClient client, Tensor[] tensors, bool raw)
    {
        // An answer's outputs have the form of a request's inputs.
        var written = new ModelInferResponse();
        GrpcTensors.Write(written, tensors, raw);
        var request = Request(written);
        request.ModelName = "echo";
        return [.. GrpcTensors.Read(Request(await client.ModelInferAsync(request)))];
    }

    private static ModelInferRequest Request(ModelInferResponse response)
    {
        var request = new ModelInferRequest { RawInputContents = { response.RawOutputContents } };
        request.Inputs.AddRange(response.Outputs.Select(o => new Input { Name = o.Name, Datatype = o.Datatype, Shape = { o.Shape }, Contents = o.Contents }));
        return request;
    }

    private static byte[] Write(Tensor[] tensors, bool binary)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            if (binary)
            {
                writer.WriteStartObject("parameters");
                writer.WriteBoolean("binary_data_output", true);
                writer.WriteEndObject();
            }
            writer.WriteStartArray("inputs");
            foreach (var tensor in tensors)
            {
                writer.WriteStartObject();
                writer.WriteString("name", tensor.Name);
                writer.WriteString("datatype", tensor.Datatype);
                writer.WriteStartArray("shape");
                foreach (var size in tensor.Shape) writer.WriteNumberValue(size);
                writer.WriteEndArray();
                if (binary)
                {
                    writer.WriteStartObject("parameters");
                    writer.WriteNumber("binary_data_size", RawTensors.Size(tensor));
                    writer.WriteEndObject();
                }
                else
                {
                    writer.WritePropertyName("data");
                    OipRestData.Write(writer, tensor);
                }
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static byte[] Raw(Tensor tensor)
    {
        var bytes = new byte[RawTensors.Size(tensor)];
        RawTensors.Write(tensor, bytes);
        return bytes;
    }

    private static void AssertSame(Tensor[] expected, Tensor[] actual)
    {
        Assert.Equal(expected.Select(t => (t.Name, t.Datatype, string.Join(',', t.Shape))), actual.Select(t => (t.Name, t.Datatype, string.Join(',', t.Shape))));
        for (var i = 0; i < expected.Length; i++) Assert.Equal(Enumerable.Range(0, expected[i].Count).Select(j => expected[i][j]), Enumerable.Range(0, actual[i].Count).Select(j => actual[i][j]));
    }

    private static Gen<Tensor> Of<T>(string name, Gen<T> value)
        => from rows in Gen.Int[1, 5] from columns in Gen.Int[0, 4] from values in value.Array[rows * Math.Max(1, columns)] select (Tensor)new Tensor<T>(name, values, columns == 0 ? [rows] : [rows, columns]);

    // Halves of surrogate pairs are no text.
    private static string Unicode(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
