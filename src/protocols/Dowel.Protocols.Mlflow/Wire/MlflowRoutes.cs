using System.Text.Json;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.Wire;

/// <summary>Answers a call: what writes the fields of the answer's object, or a failure.</summary>
internal delegate Task<Result<Action<Utf8JsonWriter>>> MlflowHandler(MlflowCall call);

/// <summary>Maps calls under <c>/api/2.0/mlflow</c> and its alias for pages, <c>/ajax-api/2.0/mlflow</c>.</summary>
internal static class MlflowRoutes
{
    /// <summary>An answer without fields.</summary>
    public static readonly Action<Utf8JsonWriter> Nothing = _ => { };

    private static readonly string[] Prefixes = ["/api", "/ajax-api"];

    /// <param name="endpoints">Where.</param>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">The path below the prefix, such as <c>runs/get</c>, or from the root of the API where it begins with a version: <c>/3.0/mlflow/…</c>.</param>
    /// <param name="rule">What it takes, in words; the handler checks it.</param>
    /// <param name="handler">The handler.</param>
    public static void MapCall(this IEndpointRouteBuilder endpoints, string method, string path, string rule, MlflowHandler handler)
        => endpoints.MapRaw(method, path, rule, async context =>
        {
            using var call = await MlflowCall.ReadAsync(context);
            var result = await handler(call);
            if (result.TryGet(out var write, out var failure)) await WriteAsync(context, write);
            else await MlflowCodes.WriteAsync(context, failure);
        });

    /// <summary>As <see cref="MapCall"/>, for a handler that reads and writes by itself.</summary>
    public static void MapRaw(this IEndpointRouteBuilder endpoints, string method, string path, string rule, RequestDelegate handler)
    {
        foreach (var prefix in Prefixes)
            endpoints.MapMethods(prefix + (path.StartsWith('/') ? path : $"/2.0/mlflow/{path}"), [method], handler)
                .Allow(AccessRule.CheckedInside(rule)).WithMetadata(new ErrorForm(MlflowCodes.WriteAsync)).WithTags("MLflow").ExcludeFromDescription();
    }

    public static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}

/// <summary>Writes fields as MLflow's server does: absent where they have no value, numbers that JSON lacks as texts.</summary>
internal static class MlflowJson
{
    public static void Text(this Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    public static void Real(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteString(name, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    /// <summary>A list of objects; absent where it is empty.</summary>
    public static void List<T>(this Utf8JsonWriter json, string name, IReadOnlyCollection<T> items, Action<Utf8JsonWriter, T> write)
    {
        if (items.Count == 0) return;
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void Object(this Utf8JsonWriter json, string name, Action<Utf8JsonWriter> write)
    {
        json.WriteStartObject(name);
        write(json);
        json.WriteEndObject();
    }

    public static void Pairs(this Utf8JsonWriter json, string name, IReadOnlyCollection<KeyValuePair<string, string>> pairs) => json.List(name, pairs, (j, p) =>
    {
        j.WriteString("key", p.Key);
        j.WriteString("value", p.Value);
    });
}
