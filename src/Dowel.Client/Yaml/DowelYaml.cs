using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dowel.Contracts;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Dowel.Client;

/// <summary>Requests as people write them: YAML, with the names and values of the JSON. JSON is read as well.</summary>
public static class DowelYaml
{
    private const int MostDepth = 32;
    private const int MostNodes = 100_000;

    private static readonly JsonSerializerOptions strict = new(DowelJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>Reads a request. A misspelt name is told, not dropped.</summary>
    /// <exception cref="JsonException">It says where and what is wrong.</exception>
    public static T Read<T>(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isJson = text.AsSpan().TrimStart() is ['{' or '[' or '/', ..];
        try
        {
            return (isJson ? JsonSerializer.Deserialize<T>(text, strict) : Node(text).Deserialize<T>(strict)) ?? throw new JsonException("It is empty.");
        }
        catch (JsonException e) when (!isJson && e.Message.IndexOf(" | LineNumber", StringComparison.Ordinal) is > 0 and var end)
        {
            // The line is that of JSON which nobody wrote; the path is right.
            throw new JsonException(e.Message[..end], e);
        }
    }

    /// <summary>Writes a value: blocks, one thing a line.</summary>
    public static string Write(JsonNode? value)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var emitter = new Emitter(text, new EmitterSettings().WithIndentedSequences());
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, value);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static JsonNode? Node(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _)) return null;
            var left = MostNodes;
            return Value(parser, 0, ref left);
        }
        catch (YamlException e)
        {
            throw new JsonException($"Line {e.Start.Line}: {e.Message}", e);
        }
    }

    private static JsonNode? Value(Parser parser, int depth, ref int left)
    {
        if (depth > MostDepth || --left < 0) throw new JsonException("It is too large or nested too deeply.");
        if (parser.TryConsume<Scalar>(out var scalar)) return scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty ? Plain(scalar.Value) : scalar.Value;
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var list = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _)) list.Add(Value(parser, depth + 1, ref left));
            return list;
        }
        if (!parser.TryConsume<MappingStart>(out _)) throw new JsonException($"Line {parser.Current?.Start.Line}: anchors and aliases are not read here.");
        var map = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>();
            if (!map.TryAdd(key.Value, Value(parser, depth + 1, ref left))) throw new JsonException($"Line {key.Start.Line}: '{key.Value}' stands there twice.");
        }
        return map;
    }

    // YAML 1.2's core schema, as far as JSON has it: 'no' and 'on' are texts.
    private static JsonNode? Plain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" => true,
        "false" => false,
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ when text.Any(char.IsAsciiDigit) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => text,
    };

    private static void Emit(Emitter emitter, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject map:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, map.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var (key, item) in map)
                {
                    emitter.Emit(Text(key));
                    Emit(emitter, item);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonArray list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, list.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in list) Emit(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
                emitter.Emit(Text(text.GetValue<string>()));
                break;
            default:
                emitter.Emit(new Scalar(value?.ToJsonString() ?? "null"));
                break;
        }
    }

    // A text that would be read as something else is quoted.
    private static Scalar Text(string text) => Plain(text) is JsonValue plain && plain.GetValueKind() == JsonValueKind.String ? new Scalar(text) : new Scalar(AnchorName.Empty, TagName.Empty, text, ScalarStyle.SingleQuoted, true, true);
}
