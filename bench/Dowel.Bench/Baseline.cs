using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Dowel.Bench;

/// <summary>A bare Kestrel endpoint that parses a request and writes an answer of the same size as the titanic endpoint's, and does nothing else; and one that copies files.</summary>
internal static class Baseline
{
    private static readonly string Id = $"pred_{Guid.CreateVersion7():n}";

    /// <summary>Runs until it is killed.</summary>
    /// <param name="port">Where it listens, on 127.0.0.1.</param>
    /// <param name="model">An ONNX forest that <c>/forest/run</c> asks; null for none.</param>
    public static async Task<int> RunAsync(int port, string? model)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        Microsoft.Extensions.DependencyInjection.RoutingServiceCollectionExtensions.AddRoutingCore(builder.Services);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapPost("/infer", AnswerAsync);
        app.MapPost("/forest", context => AnswerForestAsync(context, Guess));
        using var forest = model is null ? null : new DirectForest(model);
        if (forest is not null) app.MapPost("/forest/run", context => AnswerForestAsync(context, forest.Run));
        var folder = Directory.CreateTempSubdirectory("dowel-bench-files-").FullName;
        app.MapPut("/files/{name}", async (HttpContext context, string name) =>
        {
            context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
            await using var file = File.Create(Path.Combine(folder, Path.GetFileName(name)));
            await context.Request.Body.CopyToAsync(file, 1 << 17);
            file.Flush(flushToDisk: true);
        });
        app.MapGet("/files/{name}", async (HttpContext context, string name) =>
        {
            await using var file = File.OpenRead(Path.Combine(folder, Path.GetFileName(name)));
            await file.CopyToAsync(context.Response.Body, 1 << 17);
        });
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        await app.RunAsync();
        return 0;
    }

    /// <summary>In place of a model.</summary>
    private static float Guess(float[] row) => 1 / (1 + MathF.Exp(-row.Sum()));

    private static async Task AnswerForestAsync(HttpContext context, Func<float[], float> ask)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body);
        var data = document.RootElement.GetProperty("inputs")[0].GetProperty("data");
        var row = new float[data.GetArrayLength()];
        var at = 0;
        foreach (var value in data.EnumerateArray()) row[at++] = value.GetSingle();
        var score = ask(row);
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        WriteHead(writer, "bench-0123456789abcdef0123456789abcdef"u8);
        WriteOutput(writer, "output_label"u8, "INT64"u8, 1);
        writer.WriteNumberValue(score > 0.5 ? 1 : 0);
        writer.WriteEndArray();
        writer.WriteEndObject();
        WriteOutput(writer, "output_probability"u8, "FP32"u8, 1, 2);
        writer.WriteNumberValue(1 - score);
        writer.WriteNumberValue(score);
        await EndAsync(writer);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body);
        var value = document.RootElement.GetProperty("inputs")[0].GetProperty("data")[0].GetInt64();
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        WriteHead(writer, "titanic-survival"u8);
        WriteOutput(writer, "survival_probability"u8, "FP32"u8, 1);
        writer.WriteNumberValue(value / 1310f);
        writer.WriteEndArray();
        writer.WriteEndObject();
        WriteOutput(writer, "survived"u8, "BOOL"u8, 1);
        writer.WriteBooleanValue(value > 600);
        await EndAsync(writer);
    }

    private static void WriteHead(Utf8JsonWriter writer, ReadOnlySpan<byte> model)
    {
        writer.WriteStartObject();
        writer.WriteString("model_name"u8, model);
        writer.WriteString("model_version"u8, "1"u8);
        writer.WriteString("id"u8, Id);
        writer.WriteStartObject("parameters"u8);
        writer.WriteString("prediction_id"u8, Id);
        writer.WriteEndObject();
        writer.WriteStartArray("outputs"u8);
    }

    private static Task EndAsync(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        return writer.FlushAsync();
    }

    private static void WriteOutput(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> datatype, params ReadOnlySpan<int> shape)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, name);
        writer.WriteString("datatype"u8, datatype);
        writer.WriteStartArray("shape"u8);
        foreach (var size in shape) writer.WriteNumberValue(size);
        writer.WriteEndArray();
        writer.WriteStartArray("data"u8);
    }
}
