using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Endpoints;

namespace Dowel.Serving.Observed;

/// <summary>Takes predictions that were made elsewhere into the log, so that everything that watches a model watches it.</summary>
internal sealed class ObservedService(EndpointTable table, IPredictionSink sink, TimeProvider time)
{
    private const int MostPredictions = 1000;
    private const int MostRows = 10_000;
    private const int MostColumns = 10_000;

    public Task<Result<SentPredictions>> SendAsync(Actor actor, Resource resource, SendPredictions body) => Task.FromResult(Send(actor, resource, body));

    private Result<SentPredictions> Send(Actor actor, Resource resource, SendPredictions body)
    {
        if (table.FindById(resource.Id) is not { } live || live.Active is not { Row.Runtime: "observed" } deployment)
            return new Failure(ErrorCodes.Conflict, $"'{resource.Name}' answers predictions itself and logs them; only an endpoint that is observed takes them from elsewhere.");
        if (body.Predictions.Count is 0 or > MostPredictions) return Failure.Invalid("predictions", body.Predictions.Count, $"1 to {MostPredictions} predictions");
        var signature = deployment.Row.SourceOf.Observed?.Signature;
        var records = new List<PredictionRecord>(body.Predictions.Count);
        for (var i = 0; i < body.Predictions.Count; i++)
        {
            if (!Read(actor, live, deployment.Row, signature, body.Predictions[i], $"predictions[{i}]").TryGet(out var record, out var failure)) return failure;
            records.Add(record);
        }
        // All are right before the first is written.
        foreach (var record in records) sink.Append(record);
        return new SentPredictions { Ids = [.. records.Select(r => $"pred_{r.Id:n}")] };
    }

    private Result<PredictionRecord> Read(Actor actor, LiveEndpoint live, DeploymentRow deployment, ModelSignature? signature, ObservedPrediction sent, string at)
    {
        if (sent.Status is < 100 or > 599) return Failure.Invalid($"{at}.status", sent.Status, "an HTTP status, 100 to 599");
        if (!(sent.LatencyMs is >= 0 and <= 2_000_000)) return Failure.Invalid($"{at}.latencyMs", sent.LatencyMs, "milliseconds, 0 to 2000000");
        var now = time.GetUtcNow();
        if (sent.At > now.AddMinutes(5)) return Failure.Invalid($"{at}.at", sent.At, "a time that has come");
        if (sent.Model is { Length: > 300 }) return Failure.Invalid($"{at}.model", sent.Model, "at most 300 characters");
        if (sent.Inputs.Count == 0) return Failure.Invalid($"{at}.inputs", "none", "each input's values by name");
        if (!Tensors(sent.Inputs, signature?.Inputs, $"{at}.inputs").TryGet(out var inputs, out var failure)) return failure;
        if (!Tensors(sent.Outputs, signature?.Outputs, $"{at}.outputs").TryGet(out var outputs, out failure)) return failure;
        if (outputs.FirstOrDefault(o => o.Rows != inputs[0].Rows) is { } other) return Failure.Invalid($"{at}.outputs.{other.Name}", $"{other.Rows} values", $"{inputs[0].Rows} values, as the inputs have");
        return new PredictionRecord
        {
            Id = sent.Id ?? Guid.CreateVersion7(),
            AtMicros = Instants.ToMicros(sent.At ?? now),
            EndpointId = live.Id,
            Endpoint = live.Name,
            CallerId = actor.UserId,
            Caller = actor.UserName,
            Model = sent.Model ?? live.Name,
            Deployment = deployment.Name,
            Protocol = "observed",
            Status = sent.Status,
            Error = sent.Error is { Length: > 2000 } error ? error[..2000] : sent.Error,
            Rows = inputs[0].Rows,
            LatencyMicros = (int)(sent.LatencyMs * 1000),
            ModelMicros = (int)(sent.LatencyMs * 1000),
            Inputs = inputs,
            Outputs = outputs.Count > 0 ? outputs : null,
        };
    }

    private static Result<IReadOnlyList<Tensor>> Tensors(IReadOnlyDictionary<string, object?[]> values, IReadOnlyList<TensorSpec>? signature, string at)
    {
        if (values.Count > MostColumns) return Failure.Invalid(at, $"{values.Count} columns", $"at most {MostColumns} columns");
        var tensors = new List<Tensor>(values.Count);
        foreach (var (name, column) in values)
        {
            if (column.Length is 0 or > MostRows || (tensors.Count > 0 && column.Length != tensors[0].Rows))
                return Failure.Invalid($"{at}.{name}", $"{column.Length} values", tensors.Count > 0 ? $"{tensors[0].Rows} values, as the first column has" : $"1 to {MostRows} values");
            var spec = signature?.FirstOrDefault(s => s.Name == name) ?? new TensorSpec { Name = name, Datatype = Guess(column), Shape = [-1] };
            if (!TensorConvert.FromValues(spec, column).TryGet(out var tensor, out var failure)) return Failure.Invalid($"{at}.{name}", string.Join(", ", column.Take(5)), failure.Fields.Count > 0 ? failure.Fields[0].Expected : spec.Datatype);
            tensors.Add(tensor);
        }
        return Result.Ok<IReadOnlyList<Tensor>>(tensors);
    }

    private static string Guess(object?[] column)
        => column.All(v => v is bool) ? "BOOL" : column.Any(v => v is string) && column.All(v => v is null or string) ? "BYTES" : column.All(v => v is long or int) ? "INT64" : "FP64";
}
