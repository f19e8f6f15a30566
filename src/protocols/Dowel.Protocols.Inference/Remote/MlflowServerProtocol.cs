using System.Text;
using System.Text.Json;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.Wire;
using Dowel.Serving;
using Dowel.Serving.Models;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference.Remote;

/// <summary>MLflow's scoring server, version 2 or newer: <c>mlflow models serve</c> and the images of <c>mlflow models build-docker</c>.</summary>
internal sealed class MlflowServerProtocol(IOptions<ServingOptions> options) : IServerProtocol
{
    public string Name => "mlflow";
    public int DefaultPort => 8080;
    public string HealthPath => "/ping";

    public async Task<IForwardingModel> ConnectAsync(ServerConnection connection, CancellationToken cancellationToken)
    {
        var http = new ServerHttp(connection, options.Value.MaxAnswerBytes);
        var version = await http.GetAsync("version", cancellationToken);
        if (version.IsOk && version.Body.Span.StartsWith("1."u8))
            throw new ModelException($"The model server is of MLflow {ServerErrors.Cut(Encoding.UTF8.GetString(version.Body.Span).Trim(), 20)}, whose requests were of another form; version 2 or newer is needed.");
        return new Model(http);
    }

    private sealed class Model(ServerHttp http) : ServerModel(http, "mlflow")
    {
        public override async ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        {
            var answer = await Http.PostAsync("invocations", w => Write(w, inputs), cancellationToken);
            return ServerHttp.Read(answer, static a => Read(a));
        }

        /// <summary>Columns go as a data frame, arrays as tensors.</summary>
        private static void Write(Utf8JsonWriter json, IReadOnlyList<Tensor> inputs)
        {
            json.WriteStartObject();
            if (inputs.All(i => i.Count == i.Rows))
            {
                json.WriteStartObject("dataframe_split");
                json.WriteStartArray("columns");
                foreach (var input in inputs) json.WriteStringValue(input.Name);
                json.WriteEndArray();
                json.WriteStartArray("data");
                for (var r = 0; inputs.Count > 0 && r < inputs[0].Rows; r++)
                {
                    json.WriteStartArray();
                    foreach (var input in inputs) JsonValues.WriteRow(json, input, r);
                    json.WriteEndArray();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            else if (inputs is [var only])
            {
                json.WritePropertyName("inputs");
                JsonValues.WriteNested(json, only);
            }
            else
            {
                json.WriteStartObject("inputs");
                foreach (var input in inputs)
                {
                    json.WritePropertyName(input.Name);
                    JsonValues.WriteNested(json, input);
                }
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }

        private static ModelOutput Read(ServerAnswer answer)
        {
            using var document = JsonDocument.Parse(answer.Body);
            var predictions = document.RootElement.GetProperty("predictions");
            const string Field = "predictions";
            return new ModelOutput(predictions.ValueKind switch
            {
                JsonValueKind.Array when predictions.GetArrayLength() > 0 && predictions[0].ValueKind == JsonValueKind.Object => JsonTensors.Records(predictions, null, Field),
                JsonValueKind.Object => JsonTensors.Members(predictions, null, Field),
                _ => [JsonTensors.Read(predictions, Field, null, Field)],
            });
        }
    }
}
