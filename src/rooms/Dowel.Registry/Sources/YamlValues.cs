using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Dowel.Registry.Sources;

/// <summary>Reads YAML that nobody vouches for into plain values: dictionaries, lists, texts. Anchors are not followed and nothing is nested deeply, so a small file stays small.</summary>
internal static class YamlValues
{
    private const int MostDepth = 32;
    private const int MostEvents = 100_000;

    /// <summary>The document's value; null where it is no YAML, or none that is read here.</summary>
    public static object? Read(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _)) return null;
            var left = MostEvents;
            return Value(parser, 0, ref left);
        }
        catch (YamlException)
        {
            return null;
        }
    }

    private static object? Value(Parser parser, int depth, ref int left)
    {
        if (depth > MostDepth || --left < 0) throw new YamlException("too much of it");
        if (parser.TryConsume<Scalar>(out var scalar)) return scalar is { Style: ScalarStyle.Plain, Value: "" or "null" or "~" } ? null : scalar.Value;
        if (parser.TryConsume<AnchorAlias>(out _)) return null;
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var list = new List<object?>();
            while (!parser.TryConsume<SequenceEnd>(out _)) list.Add(Value(parser, depth + 1, ref left));
            return list;
        }
        parser.Consume<MappingStart>();
        var map = new Dictionary<string, object?>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = Value(parser, depth + 1, ref left) as string ?? throw new YamlException("a key that is no text");
            map[key] = Value(parser, depth + 1, ref left);
        }
        return map;
    }
}
