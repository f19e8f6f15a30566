using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dowel.Contracts;

/// <summary>How the native API writes JSON; server and client share it.</summary>
public static class DowelJson
{
    /// <summary>The options: camelCase names and enums, NaN and infinities as strings, cells as plain values. Read-only.</summary>
    public static JsonSerializerOptions Options { get; } = Frozen();

    /// <summary>Sets the same on options that belong to somebody else, such as the server's.</summary>
    /// <param name="options">Options to set.</param>
    public static void Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = true;
        options.AllowDuplicateProperties = false;
        options.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(new PlainValueConverter());
    }

    private static JsonSerializerOptions Frozen()
    {
        var options = new JsonSerializerOptions();
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Reads an <see cref="object"/> as long, double, bool, string, null, <c>object?[]</c> or <c>Dictionary&lt;string, object?&gt;</c>, never as JsonElement.
    /// NaN and infinities, which JSON writes as strings, stay strings: only the column's type tells them from text.</summary>
    private sealed class PlainValueConverter : JsonConverter<object>
    {
        public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.Null: return null;
                case JsonTokenType.True: return true;
                case JsonTokenType.False: return false;
                case JsonTokenType.String: return reader.GetString();
                case JsonTokenType.Number: return reader.TryGetInt64(out var whole) ? (object)whole : reader.GetDouble();
                case JsonTokenType.StartArray:
                    var items = new List<object?>();
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) items.Add(Read(ref reader, typeToConvert, options));
                    return items.ToArray();
                case JsonTokenType.StartObject:
                    var members = new Dictionary<string, object?>();
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                    {
                        var name = reader.GetString()!;
                        reader.Read();
                        if (!members.TryAdd(name, Read(ref reader, typeToConvert, options))) throw new JsonException($"'{name}' stands there twice.");
                    }
                    return members;
                default: throw new JsonException($"A value cannot begin with {reader.TokenType}.");
            }
        }

        public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options)
        {
            switch (value)
            {
                case string text: writer.WriteStringValue(text); break;
                case long whole: writer.WriteNumberValue(whole); break;
                case int whole: writer.WriteNumberValue(whole); break;
                case bool truth: writer.WriteBooleanValue(truth); break;
                case double number when double.IsFinite(number): writer.WriteNumberValue(number); break;
                case float number when float.IsFinite(number): writer.WriteNumberValue(number); break;
                default:
                    // An object without a type of its own would come back here for ever.
                    if (value.GetType() == typeof(object)) { writer.WriteStartObject(); writer.WriteEndObject(); }
                    else JsonSerializer.Serialize(writer, value, value.GetType(), options);
                    break;
            }
        }
    }
}
