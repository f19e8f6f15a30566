using System.Text.Json;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>How an endpoint is called.</summary>
public enum CallProtocol
{
    /// <summary>Open Inference Protocol over REST.</summary>
    Oip,
    /// <summary>MLflow's scoring protocol.</summary>
    Mlflow,
    /// <summary>Seldon's protocol v1.</summary>
    Seldon,
    /// <summary>Open Inference Protocol over gRPC.</summary>
    Grpc,
    /// <summary>Whatever the image or server behind it speaks.</summary>
    Raw,
    /// <summary>It is not called; predictions made elsewhere are sent to it.</summary>
    Send,
}

/// <summary>The protocols of an endpoint, where each answers and what it takes.</summary>
internal static class CallProtocols
{
    public const int GrpcPort = 5081;

    public static string Title(CallProtocol protocol) => protocol switch
    {
        CallProtocol.Oip => "Open Inference", CallProtocol.Mlflow => "MLflow", CallProtocol.Seldon => "Seldon v1", CallProtocol.Grpc => "gRPC", CallProtocol.Raw => "As it is", _ => "Send predictions",
    };

    public static string Note(CallProtocol protocol) => protocol switch
    {
        CallProtocol.Oip => "Open Inference Protocol v2 over REST, by POST.",
        CallProtocol.Mlflow => "MLflow's scoring protocol, by POST; its clients work as they are.",
        CallProtocol.Seldon => "Seldon's protocol v1, by POST; its clients work as they are.",
        CallProtocol.Grpc => $"Open Inference Protocol v2 over gRPC, with reflection; port {GrpcPort} unless the server was started with another.",
        CallProtocol.Raw => "Requests are handed on as they are, with whatever path follows; access, limits and log are the endpoint's.",
        _ => "Dowel does not run this model: whoever does sends what was asked and answered, by POST.",
    };

    /// <summary>Those that an endpoint speaks, the usual one first.</summary>
    public static IReadOnlyList<CallProtocol> Of(Endpoint endpoint)
    {
        var newest = endpoint.Deployments.Count > 0 ? endpoint.Deployments[^1] : null;
        if (newest?.Runtime == "observed") return [CallProtocol.Send];
        var spoken = newest?.Container?.Protocol ?? newest?.Remote?.Protocol;
        IReadOnlyList<CallProtocol> all = [CallProtocol.Oip, CallProtocol.Mlflow, CallProtocol.Seldon, CallProtocol.Grpc];
        return spoken is "openai" or "raw" ? [CallProtocol.Raw] : spoken is null ? all : [.. all, CallProtocol.Raw];
    }

    public static string Url(string server, Endpoint endpoint, CallProtocol protocol)
    {
        var name = Uri.EscapeDataString(endpoint.Name);
        var path = protocol switch
        {
            CallProtocol.Mlflow => $"serving-endpoints/{name}/invocations",
            CallProtocol.Seldon => $"seldon/{Uri.EscapeDataString(endpoint.Project)}/{name}/api/v1.0/predictions",
            CallProtocol.Raw => $"raw/{name}/{(Spoken(endpoint) == "openai" ? "v1/chat/completions" : "")}",
            CallProtocol.Send => $"api/v1/endpoints/{name}/predictions",
            _ => endpoint.PredictionPath.Length > 0 ? endpoint.PredictionPath.TrimStart('/') : $"v2/models/{name}/infer",
        };
        return protocol == CallProtocol.Grpc ? $"{new Uri(server).Host}:{GrpcPort}" : server.TrimEnd('/') + "/" + path;
    }

    /// <summary>A body to send: the endpoint's example, or where nothing is known of it one to change.</summary>
    public static string Body(Endpoint endpoint, CallProtocol protocol)
    {
        var fields = SignatureForm.Of(endpoint).Fields.Where(f => f.Example is not null).ToList();
        string Names() => string.Join(", ", fields.Select(f => Code.Json(f.Spec.Name)));
        string Row() => string.Join(", ", fields.Select(f => f.Width == 1 ? Write(f.Example![0]) : Write(f.Example!)));
        var known = fields.Count > 0;
        return protocol switch
        {
            CallProtocol.Mlflow => $$$"""{"dataframe_split": {"columns": [{{{(known ? Names() : "\"a\", \"b\"")}}}], "data": [[{{{(known ? Row() : "1.5, 2.5")}}}]]}}""",
            CallProtocol.Seldon => $$$"""{"data": {"names": [{{{(known ? Names() : "\"a\", \"b\"")}}}], "ndarray": [[{{{(known ? Row() : "1.5, 2.5")}}}]]}}""",
            CallProtocol.Grpc => $$"""{"model_name": {{Code.Json(endpoint.Name)}}, "inputs": [""" + "\n" + (known ? string.Join(",\n", fields.Select(f => "  " + GrpcTensor(f))) : """  {"name": "input", "datatype": "FP64", "shape": [1, 2], "contents": {"fp64_contents": [1.5, 2.5]}}""") + "\n]}",
            CallProtocol.Raw => Spoken(endpoint) == "openai" ? """{"model": "default", "messages": [{"role": "user", "content": "Hello"}]}""" : "{}",
            CallProtocol.Send => """{"items": [{"inputs": {"age": [22]}, "outputs": {"probability": [0.31]}, "model": "elsewhere/1", "latencyMs": 4.2}]}""",
            _ => "{\"inputs\": [\n" + (known ? string.Join(",\n", fields.Select(f => "  " + Tensor(f))) : """  {"name": "input", "shape": [1, 2], "datatype": "FP64", "data": [1.5, 2.5]}""") + "\n]}",
        };
    }

    private static string? Spoken(Endpoint endpoint) => endpoint.Deployments.Count == 0 ? null : endpoint.Deployments[^1].Container?.Protocol ?? endpoint.Deployments[^1].Remote?.Protocol;

    private static string Tensor(SignatureField field) =>
        $"{{\"name\": {Code.Json(field.Spec.Name)}, \"shape\": [{string.Join(", ", field.RowShape)}], \"datatype\": \"{field.Spec.Datatype}\", \"data\": {Write(field.Example!)}}}";

    private static string GrpcTensor(SignatureField field)
    {
        var (contents, values) = field.Spec.Datatype switch
        {
            "BOOL" => ("bool_contents", Write(field.Example!)),
            "INT64" => ("int64_contents", Write(field.Example!)),
            "UINT64" => ("uint64_contents", Write(field.Example!)),
            "FP64" => ("fp64_contents", Write(field.Example!)),
            "FP16" or "FP32" or "BF16" => ("fp32_contents", Write(field.Example!)),
            "INT8" or "INT16" or "INT32" => ("int_contents", Write(field.Example!)),
            "UINT8" or "UINT16" or "UINT32" => ("uint_contents", Write(field.Example!)),
            // Bytes in gRPC's JSON are base64.
            _ => ("bytes_contents", Write(field.Example!.Select(v => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{v}"))).ToArray())),
        };
        return $"{{\"name\": {Code.Json(field.Spec.Name)}, \"datatype\": \"{field.Spec.Datatype}\", \"shape\": [{string.Join(", ", field.RowShape)}], \"contents\": {{\"{contents}\": {values}}}}}";
    }

    private static string Write(object? value) => JsonSerializer.Serialize(value, DowelJson.Options);
}
