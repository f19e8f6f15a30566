using System.Text;
using System.Text.Json;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>Code that calls an endpoint, ready to be copied, with the endpoint's own example in it.</summary>
internal static class PredictionSnippets
{
    public static IReadOnlyList<Snippet> For(string server, Endpoint endpoint, CallProtocol protocol = CallProtocol.Oip)
    {
        var url = CallProtocols.Url(server, endpoint, protocol);
        var body = CallProtocols.Body(endpoint, protocol);
        if (protocol == CallProtocol.Grpc) return [new("grpcurl", Grpcurl(url, body)), new("Python", GrpcPython(url, endpoint))];
        var ownClient = protocol == CallProtocol.Oip && SignatureForm.Of(endpoint).Fields.Any(f => f.Example is not null);
        return [new("curl", Curl(url, body)), new("Python", Python(url, body)), new("C#", ownClient ? CSharp(server, endpoint) : CSharpHttp(url, body)), new("JavaScript", JavaScript(url, body))];
    }

    private static string Curl(string url, string body) =>
        $"curl {Code.Shell(url)} \\\n  -H \"Authorization: Bearer $DOWEL_TOKEN\" \\\n  -H \"Content-Type: application/json\" \\\n  -d {Code.Shell(body)}";

    private static string Grpcurl(string address, string body) =>
        $"grpcurl -plaintext -H \"authorization: Bearer $DOWEL_TOKEN\" -d {Code.Shell(body)} \\\n  {Code.Shell(address)} inference.GRPCInferenceService/ModelInfer";

    private static string Python(string url, string body) => $$"""
        import os, requests

        answer = requests.post(
            "{{url}}",
            headers={"Authorization": "Bearer " + os.environ["DOWEL_TOKEN"]},
            json={{Indent(PythonLiteral(body), 4)}},
        )
        answer.raise_for_status()
        print(answer.json())
        """;

    private static string GrpcPython(string address, Endpoint endpoint)
    {
        var fields = SignatureForm.Of(endpoint).Fields.Where(f => f.Example is not null).ToList();
        var lines = fields.Count > 0
            ? fields.Select(f => (f.Spec.Name, Shape: $"[{string.Join(", ", f.RowShape)}]", f.Spec.Datatype, Values: PythonLiteral(JsonSerializer.Serialize(f.Example, DowelJson.Options))))
            : [("input", "[1, 2]", "FP64", "[1.5, 2.5]")];
        return $$"""
            import os, numpy as np
            import tritonclient.grpc as grpc

            inputs = []
            for name, shape, datatype, values in [
            {{string.Join('\n', lines.Select(l => $"    ({Code.Json(l.Name)}, {l.Shape}, \"{l.Datatype}\", {l.Values}),"))}}
            ]:
                dtype = {"BYTES": object, "BOOL": bool, "FP16": "float16", "FP32": "float32", "FP64": "float64"}.get(datatype, datatype.lower())
                tensor = grpc.InferInput(name, shape, datatype)
                tensor.set_data_from_numpy(np.array(values, dtype=dtype).reshape(shape))
                inputs.append(tensor)
            client = grpc.InferenceServerClient("{{address}}")
            answer = client.infer({{Code.Json(endpoint.Name)}}, inputs, headers={"authorization": "Bearer " + os.environ["DOWEL_TOKEN"]})
            print(answer.get_response())
            """;
    }

    private static string JavaScript(string url, string body) => $$"""
        const answer = await fetch("{{url}}", {
          method: "POST",
          headers: { "Authorization": `Bearer ${process.env.DOWEL_TOKEN}`, "Content-Type": "application/json" },
          body: JSON.stringify({{Indent(body, 2)}}),
        });
        if (!answer.ok) throw new Error(await answer.text());
        console.log(await answer.json());
        """;

    private static string CSharpHttp(string url, string body)
    {
        // A raw string needs more quotes than stand together in it.
        var quotes = new string('"', Math.Max(3, Longest(body, '"') + 1));
        return $$"""
            using System.Net.Http.Headers;
            using System.Text;

            using var http = new HttpClient();
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("DOWEL_TOKEN"));
            var body = {{quotes}}
                {{Indent(body, 4)}}
                {{quotes}};
            var answer = await http.PostAsync("{{url}}", new StringContent(body, Encoding.UTF8, "application/json"));
            answer.EnsureSuccessStatusCode();
            Console.WriteLine(await answer.Content.ReadAsStringAsync());
            """;
    }

    private static int Longest(string text, char of)
    {
        var (longest, run) = (0, 0);
        foreach (var c in text) longest = Math.Max(longest, run = c == of ? run + 1 : 0);
        return longest;
    }

    private static string CSharp(string server, Endpoint endpoint)
    {
        var inputs = SignatureForm.Of(endpoint).Fields.Where(f => f.Example is not null).Select(f => $"    [{Code.CSharp(f.Spec.Name)}] = {CSharpArray(f)},");
        return $$"""
            using Dowel.Client;

            using var dowel = DowelClient.Connect(
                new Uri("{{server.TrimEnd('/')}}"),
                Environment.GetEnvironmentVariable("DOWEL_TOKEN"));
            var answer = await dowel.Endpoints.PredictAsync({{Code.CSharp(endpoint.Name)}}, new Dictionary<string, Array>
            {
            {{string.Join('\n', inputs)}}
            });
            foreach (var (name, values) in answer.Outputs)
                Console.WriteLine($"{name}: {string.Join(", ", values)}");
            """;
    }

    private static string CSharpArray(SignatureField field)
    {
        var type = field.Spec.Datatype switch
        {
            "BOOL" => "bool", "INT8" => "sbyte", "INT16" => "short", "INT32" => "int", "INT64" => "long",
            "UINT8" => "byte", "UINT16" => "ushort", "UINT32" => "uint", "UINT64" => "ulong", "FP16" or "FP32" => "float", "FP64" => "double", _ => "string",
        };
        var values = field.Example!.Select(v => v switch
        {
            null => type == "string" ? "null" : $"default({type})",
            string s => type == "string" ? Code.CSharp(s) : s == "NaN" ? $"{type}.NaN" : s,
            bool b => b ? "true" : "false",
            double d => d.ToString("R", System.Globalization.CultureInfo.InvariantCulture) + (type == "float" ? "f" : ""),
            IFormattable f => f.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => Code.CSharp($"{v}"),
        });
        var rank = field.RowShape.Count;
        // C# has no literal for a flat array with a shape; one row of values is written as nested braces.
        return rank == 1 ? $"new {type}[] {{ {string.Join(", ", values)} }}" : $"new {type}[{new string(',', rank - 1)}] {new string('{', rank)} {string.Join(", ", values)} {new string('}', rank)}";
    }

    /// <summary>JSON is Python but for three words, where they stand outside strings.</summary>
    internal static string PythonLiteral(string json)
    {
        var text = new StringBuilder();
        var inString = false;
        for (var i = 0; i < json.Length; i++)
        {
            var c = json[i];
            if (inString)
            {
                text.Append(c);
                if (c == '\\' && i + 1 < json.Length) text.Append(json[++i]);
                else if (c == '"') inString = false;
                continue;
            }
            if (c == '"') inString = true;
            if (Word(json, i, "true")) (i, _) = (i + 3, text.Append("True"));
            else if (Word(json, i, "false")) (i, _) = (i + 4, text.Append("False"));
            else if (Word(json, i, "null")) (i, _) = (i + 3, text.Append("None"));
            else text.Append(c);
        }
        return text.ToString();
    }

    private static bool Word(string text, int at, string word) => string.CompareOrdinal(text, at, word, 0, word.Length) == 0;

    private static string Indent(string text, int by) => text.Replace("\n", "\n" + new string(' ', by), StringComparison.Ordinal);
}
