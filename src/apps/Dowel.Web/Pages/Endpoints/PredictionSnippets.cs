using System.Text;
using System.Text.Json;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>Code that calls an endpoint, ready to be copied, with the endpoint's own example in it.</summary>
internal static class PredictionSnippets
{
    public static string Url(string server, Endpoint endpoint)
    {
        var path = endpoint.PredictionPath.Length > 0 ? endpoint.PredictionPath : $"v2/models/{Uri.EscapeDataString(endpoint.Name)}/infer";
        return server.TrimEnd('/') + "/" + path.TrimStart('/');
    }

    public static IReadOnlyList<Snippet> For(string server, Endpoint endpoint)
    {
        var url = Url(server, endpoint);
        var body = Body(endpoint);
        return [new("curl", Curl(url, body)), new("Python", Python(url, body)), new("C#", CSharp(server, endpoint))];
    }

    /// <summary>The request's body: one input a line.</summary>
    public static string Body(Endpoint endpoint)
    {
        var lines = SignatureForm.Of(endpoint).Fields.Where(f => f.Example is not null).Select(f => "  " + Tensor(f));
        return "{\"inputs\": [\n" + string.Join(",\n", lines) + "\n]}";
    }

    private static string Tensor(SignatureField field)
    {
        var data = JsonSerializer.Serialize(field.Example, DowelJson.Options);
        return $"{{\"name\": {JsonSerializer.Serialize(field.Spec.Name)}, \"shape\": [{string.Join(", ", field.RowShape)}], \"datatype\": \"{field.Spec.Datatype}\", \"data\": {data}}}";
    }

    private static string Curl(string url, string body) =>
        $"curl {Code.Shell(url)} \\\n  -H \"Authorization: Bearer $DOWEL_TOKEN\" \\\n  -H \"Content-Type: application/json\" \\\n  -d {Code.Shell(body)}";

    private static string Python(string url, string body) => $$"""
        import os, requests

        answer = requests.post(
            "{{url}}",
            headers={"Authorization": "Bearer " + os.environ["DOWEL_TOKEN"]},
            json={{Indent(PythonLiteral(body), 4)}},
        )
        answer.raise_for_status()
        print(answer.json()["outputs"])
        """;

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
