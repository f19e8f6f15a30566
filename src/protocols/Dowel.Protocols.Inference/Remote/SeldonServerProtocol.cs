using System.Net;
using System.Text.Json;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.SeldonV1;
using Dowel.Protocols.Inference.Wire;
using Dowel.Serving;
using Dowel.Serving.Models;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference.Remote;

/// <summary>Images made with Seldon's wrapper, which says nothing of inputs and outputs. Source: python/seldon_core/wrapper.py of Seldon Core 1.</summary>
internal sealed class SeldonServerProtocol(IOptions<ServingOptions> options) : IServerProtocol
{
    public string Name => "seldon";
    public int DefaultPort => 9000;
    public string HealthPath => "/health/ping";

    /// <summary>Wrappers from before health calls answer 404; what loads the model is the start of the process.</summary>
    public bool IsReady(int status) => status is (>= 200 and < 300) or 404;

    public Task<IForwardingModel> ConnectAsync(ServerConnection connection, CancellationToken cancellationToken)
        => Task.FromResult<IForwardingModel>(new Model(new ServerHttp(connection, options.Value.MaxAnswerBytes)));

    private sealed class Model(ServerHttp http) : ServerModel(http, "seldon")
    {
        private string _path = "api/v1.0/predictions";

        public override async ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        {
            var answer = await Http.PostAsync(_path, w => Write(w, inputs), cancellationToken);
            if (answer.Status == HttpStatusCode.NotFound && _path != "predict")
            {
                // Wrappers from before Seldon Core 1.0.
                var older = await Http.PostAsync("predict", w => Write(w, inputs), cancellationToken);
                if (older.Status != HttpStatusCode.NotFound) (answer, _path) = (older, "predict");
            }
            return ServerHttp.Read(answer, static a => SeldonAnswer.Read(a));
        }

        /// <summary>What a caller of this protocol sent goes as it is; else one array as such, and columns side by side with their names.</summary>
        private static void Write(Utf8JsonWriter json, IReadOnlyList<Tensor> inputs)
        {
            json.WriteStartObject();
            if (SeldonPayload.Of(inputs) is { } sent)
            {
                sent.Write(json);
                if (sent.Tags.Count > 0) WriteTags(json, sent.Tags);
            }
            else if (inputs is [{ Shape.Length: > 1 } only])
            {
                json.WriteStartObject("data");
                json.WritePropertyName("ndarray");
                JsonValues.WriteNested(json, only);
                json.WriteEndObject();
            }
            else SeldonWriter.WriteData(json, SeldonForm.NdArray, inputs);
            json.WriteEndObject();
        }

        private static void WriteTags(Utf8JsonWriter json, IReadOnlyDictionary<string, JsonElement> tags)
        {
            json.WriteStartObject("meta");
            json.WriteStartObject("tags");
            foreach (var (name, value) in tags)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(value.GetRawText(), skipInputValidation: true);
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}
