using System.Globalization;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Mlflow.Wire;

/// <summary>
/// One call of MLflow's REST API. Its messages are protocol buffers as JSON (mlflow/server/handlers.py reads them so): a GET carries the fields in its query, lists as repeated keys;
/// integers may be texts, numbers that JSON lacks are "NaN" and "Infinity", unknown fields are passed over. What is wrong with a field is a <see cref="FailureException"/>.
/// </summary>
internal sealed class MlflowCall : IDisposable
{
    private readonly JsonDocument? _document;
    private readonly JsonElement _body;
    private readonly IQueryCollection? _query;

    private MlflowCall(HttpContext context, JsonDocument? document, JsonElement body, IQueryCollection? query)
        => (Http, _document, _body, _query) = (context, document, body, query);

    public HttpContext Http { get; }

    public Actor Actor => Http.Actor();

    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>The project that the client names: MLflow's workspace. Null where it names none.</summary>
    public string? Project => Http.Request.Headers["X-MLFLOW-WORKSPACE"].ToString() is { Length: > 0 } and not "default" and var project ? project : null;

    public T Get<T>() where T : notnull => Http.RequestServices.GetRequiredService<T>();

    /// <summary>A call whose body is no message: its fields are in its query, and there is nothing to dispose.</summary>
    public static MlflowCall Of(HttpContext context) => new(context, null, default, context.Request.Query);

    public static async Task<MlflowCall> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) && (request.QueryString.HasValue || request.ContentLength is null or 0))
            return new MlflowCall(context, null, default, request.Query);
        // The message is checked where MLflow checks it; a body without one is empty there too.
        if (request.ContentLength == 0 || context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }) return new MlflowCall(context, null, default, null);
        if (string.IsNullOrEmpty(request.ContentType)) throw Failed(ErrorCodes.Malformed, "Bad Request. Content-Type header is missing.");
        if (!request.ContentType.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase))
            throw Failed(ErrorCodes.Malformed, "Bad Request. Content-Type must be one of ['application/json'].");
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = context.RequestServices.GetRequiredService<IOptions<DowelOptions>>().Value.MaxBodyBytes;
        JsonDocument document;
        try
        {
            document = await JsonDocument.ParseAsync(request.Body, new JsonDocumentOptions { MaxDepth = 32 }, context.RequestAborted);
            // Old clients send their JSON once more as a JSON text.
            if (document.RootElement.ValueKind == JsonValueKind.String)
            {
                var inner = document.RootElement.GetString()!;
                document.Dispose();
                document = JsonDocument.Parse(inner, new JsonDocumentOptions { MaxDepth = 32 });
            }
        }
        catch (JsonException e)
        {
            throw Failed(ErrorCodes.Malformed, $"The body is no JSON: {e.Message}");
        }
        if (document.RootElement.ValueKind == JsonValueKind.Object) return new MlflowCall(context, document, document.RootElement, null);
        document.Dispose();
        throw Failed(ErrorCodes.Malformed, "The body must be a JSON object.");
    }

    public bool Has(string name) => _query is not null ? _query.ContainsKey(name) : Field(_body, name) is { ValueKind: not JsonValueKind.Null };

    /// <summary>A text, or null where the field is absent.</summary>
    public string? Text(string name) => _query is not null ? _query[name] is { Count: > 0 } given ? given[^1] : null : Text(_body, name, name);

    /// <summary>A value of an enumeration: its name, or its number as text; null where the field is absent.</summary>
    public string? Choice(string name) => _query is null && Field(_body, name) is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : Text(name);

    public string Required(string name) => Text(name) is { Length: > 0 } text ? text : throw Missing(name);

    /// <summary>A required id of a run, also under its old name.</summary>
    public string RunId() => Text("run_id") is { Length: > 0 } id ? id : Text("run_uuid") is { Length: > 0 } old ? old : throw Missing("run_id");

    public long? Integer(string name)
        => _query is null ? Integer(_body, name, name)
            : Text(name) is not { } text ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Invalid(name, text, "str");

    public double? Number(string name) => Number(_body, name, name);

    public bool? Flag(string name)
    {
        if (_query is null) return Flag(_body, name, name);
        return Text(name) is not { } text ? null : bool.TryParse(text, out var value) ? value : throw Bad($"Invalid boolean value: {text}, must be 'true' or 'false'.");
    }

    public IReadOnlyList<string> Texts(string name)
    {
        if (_query is not null) return [.. _query[name].OfType<string>()];
        return [.. Items(name).Select((e, i) => e.ValueKind == JsonValueKind.String ? e.GetString()! : throw Invalid($"{name}[{i}]", e.GetRawText(), TypeOf(e)))];
    }

    /// <summary>The objects of a list; absent is empty.</summary>
    public IReadOnlyList<JsonElement> Objects(string name)
        => _query is not null ? [] : [.. Items(name).Select((e, i) => e.ValueKind == JsonValueKind.Object ? e : throw Invalid($"{name}[{i}]", e.GetRawText(), TypeOf(e)))];

    public static string? Text(JsonElement element, string name, string path) => Field(element, name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } text => Checked(path, text),
        { } other => throw Invalid(path, other.GetRawText(), TypeOf(other)),
    };

    public static string Required(JsonElement element, string name, string path) => Text(element, name, path) is { Length: > 0 } text ? text : throw Missing(path);

    public static long? Integer(JsonElement element, string name, string path)
    {
        if (Field(element, name) is not { ValueKind: not JsonValueKind.Null } field) return null;
        if (field.ValueKind == JsonValueKind.Number && field.TryGetInt64(out var value)) return value;
        // A protocol buffer takes 3.0 for an integer as well.
        if (field.ValueKind == JsonValueKind.Number && field.TryGetDouble(out var real) && real == Math.Floor(real) && Math.Abs(real) < 9e15) return (long)real;
        if (field.ValueKind == JsonValueKind.String && long.TryParse(field.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)) return value;
        throw Invalid(path, field.GetRawText(), TypeOf(field));
    }

    public static double? Number(JsonElement element, string name, string path)
    {
        if (Field(element, name) is not { ValueKind: not JsonValueKind.Null } field) return null;
        if (field.ValueKind == JsonValueKind.Number && field.TryGetDouble(out var value)) return value;
        if (field.ValueKind == JsonValueKind.String)
        {
            var text = field.GetString()!;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return value;
        }
        throw Bad($"Invalid value {field.GetRawText()} for parameter '{path}' supplied: Please specify value as a valid double (64-bit floating point)");
    }

    public static bool? Flag(JsonElement element, string name, string path) => Field(element, name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Invalid(path, other.GetRawText(), TypeOf(other)),
    };

    public static IEnumerable<JsonElement> Items(JsonElement element, string name, string path) => Field(element, name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray(),
        { } other => throw Invalid(path, other.GetRawText(), TypeOf(other)),
    };

    /// <summary>A field by its name; JSON of protocol buffers may spell it in camelCase too.</summary>
    public static JsonElement? Field(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && (element.TryGetProperty(name, out var field) || (name.Contains('_') && element.TryGetProperty(Camel(name), out field))) ? field : null;

    private IEnumerable<JsonElement> Items(string name) => Items(_body, name, name);

    /// <summary>The tags (or params) of a message: a list of objects with key and value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Pairs(string name) => Pairs(_body, name, name);

    public static IReadOnlyList<KeyValuePair<string, string>> Pairs(JsonElement element, string name, string path)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var item in Items(element, name, path))
        {
            var at = $"{path}[{pairs.Count}]";
            pairs.Add(new(Required(item, "key", $"{at}.key"), Text(item, "value", $"{at}.value") ?? ""));
        }
        return pairs;
    }

    public static FailureException Missing(string name) => Bad($"Missing value for required parameter '{name}'. See the API docs for more information about request parameters.");

    public static FailureException Invalid(string name, string given, string type)
        => Bad($"Invalid value {(given.Length > 200 ? given[..200] + "…" : given)} for parameter '{name}' supplied:  Hint: Value was of type '{type}'. See the API docs for more information about request parameters.");

    public static FailureException Bad(string message) => Failed(ErrorCodes.Invalid, message);

    public static FailureException Failed(ErrorCode code, string message) => new(new Failure(code, message));

    public void Dispose() => _document?.Dispose();

    // What no database can keep is refused at the edge: PostgreSQL has no character zero, and half a surrogate pair is no text.
    private static string Checked(string path, JsonElement element)
    {
        string text;
        try
        {
            text = element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Bad($"Invalid value for parameter '{path}' supplied: it is no text.");
        }
        return text.Contains('\0') ? throw Bad($"Invalid value for parameter '{path}' supplied: it has the character zero in it.") : text;
    }

    private static string Camel(string name)
    {
        var parts = name.Split('_');
        return parts[0] + string.Concat(parts.Skip(1).Select(p => p.Length == 0 ? "" : char.ToUpperInvariant(p[0]) + p[1..]));
    }

    private static string TypeOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => "str",
        JsonValueKind.Number => element.TryGetInt64(out _) ? "int" : "float",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Array => "list",
        JsonValueKind.Object => "dict",
        _ => "NoneType",
    };
}
