using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.OpenInference;
using Dowel.Protocols.Inference.OpenInference.Rest;
using Dowel.Serving;
using Dowel.Serving.Models;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference.Remote;

/// <summary>Servers of the Open Inference Protocol v2 over REST: Triton, KServe, MLServer and images made by <c>dowel package</c>.</summary>
internal sealed class OipServerProtocol(IOptions<ServingOptions> options) : IServerProtocol
{
    public string Name => "oip";
    public int DefaultPort => 8080;
    public string HealthPath => "/v2/health/ready";

    public async Task<IForwardingModel> ConnectAsync(ServerConnection connection, CancellationToken cancellationToken)
    {
        var http = new ServerHttp(connection, options.Value.MaxAnswerBytes);
        var name = connection.ModelName ?? await OnlyModelAsync(http, cancellationToken);
        var path = $"v2/models/{Uri.EscapeDataString(name)}";
        var metadata = await http.GetAsync(path, cancellationToken);
        if (metadata.Status == HttpStatusCode.NotFound) throw new ModelException($"The model server has no model '{name}': {ServerErrors.MessageOf(metadata)}");
        var signature = ServerHttp.Read(metadata, OipMetadata.Signature);
        var server = await http.GetAsync("v2", cancellationToken);
        return new Model(http, path, signature, server.IsOk && ServerHttp.Read(server, OipMetadata.TakesBytes));
    }

    /// <summary>The name of the only model, by the repository extension or as KServe's servers list theirs.</summary>
    private static async Task<string> OnlyModelAsync(ServerHttp http, CancellationToken cancellationToken)
    {
        var index = await http.PostAsync("v2/repository/index", static w => { w.WriteStartObject(); w.WriteEndObject(); }, cancellationToken);
        if (!index.IsOk) index = await http.GetAsync("v2/models", cancellationToken);
        if (!index.IsOk) throw new ModelException("The model server does not say which models it has; name the model (modelName).");
        var names = ServerHttp.Read(index, OipMetadata.Names);
        return names.Count == 1 ? names[0] : throw new ModelException(names.Count == 0 ? "The model server has no model." : $"The model server has several models; name one of them (modelName): {ServerErrors.Cut(string.Join(", ", names), 500)}.");
    }

    private sealed class Model(ServerHttp http, string path, ModelSignature signature, bool binary) : ServerModel(http, "oip", signature)
    {
        private static readonly MediaTypeHeaderValue Bytes = new("application/octet-stream");
        private readonly string _infer = $"{path}/infer";

        public override async ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        {
            var answer = binary ? await Http.SendAsync(HttpMethod.Post, _infer, Binary(inputs), cancellationToken) : await Http.PostAsync(_infer, w => Write(w, inputs, false), cancellationToken);
            var (outputs, parameters) = ServerHttp.Read(answer, static a => OipRestReader.ParseAnswer(a.Bytes, a.HeaderLength));
            return new ModelOutput([.. Signature.Outputs.Select(o => outputs.Find(t => t.Name == o.Name)).OfType<Tensor>(), .. outputs.Where(t => !Signature.Outputs.Any(o => o.Name == t.Name))], OipParameters.Tags(parameters));
        }

        private ReadOnlyMemoryContent Binary(IReadOnlyList<Tensor> inputs)
        {
            var body = new ArrayBufferWriter<byte>(1024);
            using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { SkipValidation = true })) Write(writer, inputs, true);
            var length = body.WrittenCount;
            foreach (var input in inputs) OipRestWriter.WriteBytes(body, input);
            var content = new ReadOnlyMemoryContent(body.WrittenMemory) { Headers = { ContentType = Bytes } };
            content.Headers.Add(OipRestReader.HeaderLength, length.ToString(CultureInfo.InvariantCulture));
            return content;
        }

        private void Write(Utf8JsonWriter writer, IReadOnlyList<Tensor> inputs, bool binary)
        {
            writer.WriteStartObject();
            // Models of KServe's server that repeat the id fail where there is none.
            writer.WriteString("id"u8, Guid.CreateVersion7());
            writer.WriteStartArray("inputs"u8);
            foreach (var input in inputs) OipRestWriter.WriteTensor(writer, input, binary);
            writer.WriteEndArray();
            var isOwn = inputs.Any(i => OipParameters.Of(i) is not null);
            var asked = inputs.Select(OipParameters.Of).FirstOrDefault(p => p?.Request is not null)?.Request;
            // MLServer takes several inputs as a table where that is said alone; a caller of this protocol says so, others cannot.
            var isTable = !isOwn && Signature.Inputs.Count == 0 && inputs.Count > 1 && inputs.All(i => i.Count == i.Rows);
            if (binary || isTable || asked is not null)
            {
                writer.WriteStartObject("parameters"u8);
                if (binary) writer.WriteBoolean("binary_data_output"u8, true);
                if (isTable) writer.WriteString("content_type"u8, "pd");
                OipParameters.Write(writer, asked);
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
    }
}
