using System.Buffers;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Results;
using Dowel.Protocols.Inference.Wire;
using Dowel.Serving.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference.OpenInference.Rest;

/// <summary>The model repository extension: https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md.</summary>
internal static class OipRepositoryEndpoints
{
    public static void MapRepository(this RouteGroupBuilder group)
    {
        var edit = AccessRule.CheckedInside("edit on the endpoint");
        group.MapPost("/repository/index", new RequestDelegate(c => IndexAsync(c))).Allow(AccessRule.SignedInOrGuest).WithName("OipRepositoryIndex").WithSummary("Endpoints that you may see, and their state");
        group.MapPost("/repository/models/{endpoint}/load", new RequestDelegate(c => LoadAsync(c))).Allow(edit).WithName("OipRepositoryLoad").WithSummary("Start an endpoint and wait until it answers");
        group.MapPost("/repository/models/{endpoint}/unload", new RequestDelegate(c => UnloadAsync(c))).Allow(edit).WithName("OipRepositoryUnload").WithSummary("Stop an endpoint");
    }

    private static async Task IndexAsync(HttpContext context)
    {
        var read = await ReadAsync(context);
        if (!read.TryGet(out var body, out var failure))
        {
            await OpenInferenceRestEndpoints.WriteErrorAsync(context, failure);
            return;
        }
        var models = await Service<IModelRepository>(context).ListAsync(context.Actor(), context.RequestAborted);
        await context.Response.WriteAsJsonAsync(models.Where(m => !body.OnlyReady || m.State is DeploymentState.Ready or DeploymentState.Idle)
            .Select(m => new { name = m.Name, version = m.Version, state = OipServer.StateOf(m.State), reason = m.Reason }), context.RequestAborted);
    }

    private static async Task LoadAsync(HttpContext context)
    {
        var read = await ReadAsync(context);
        if (read.TryGet(out var body, out var failure))
        {
            failure = body.Overrides is { } parameter
                ? NoOverride(parameter)
                : (await Service<IModelRepository>(context).LoadAsync(context.Actor(), Name(context), context.RequestAborted)).Failure;
        }
        if (failure is not null) await OpenInferenceRestEndpoints.WriteErrorAsync(context, failure);
    }

    private static async Task UnloadAsync(HttpContext context)
    {
        var failure = (await ReadAsync(context)).Failure ?? (await Service<IModelRepository>(context).UnloadAsync(context.Actor(), Name(context), context.RequestAborted)).Failure;
        if (failure is not null) await OpenInferenceRestEndpoints.WriteErrorAsync(context, failure);
    }

    /// <summary>Reads a body that may be left away.</summary>
    private static ValueTask<Result<RepositoryBody>> ReadAsync(HttpContext context)
        => RequestBody.ReadAsync(context, Service<IOptions<DowelOptions>>(context).Value.MaxBodyBytes, 0, static (bytes, _) => Parse(bytes));

    private static RepositoryBody Parse(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsEmpty) return default;
        using var document = JsonDocument.Parse(bytes);
        if (document.RootElement.ValueKind == JsonValueKind.Null) return default;
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw Shapes.Wrong("$", document.RootElement.ValueKind, "a JSON object, or nothing");
        var ready = document.RootElement.TryGetProperty("ready", out var value) ? value.ValueKind : JsonValueKind.False;
        if (ready is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null)) throw Shapes.Wrong("ready", ready, "true or false");
        string? overrides = null;
        if (document.RootElement.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object)
            foreach (var parameter in parameters.EnumerateObject())
                if (OverridesModel(parameter.Name)) overrides ??= parameter.Name;
        return new(ready == JsonValueKind.True, overrides);
    }

    /// <summary>Whether a parameter of a load brings a configuration or files of a model along.</summary>
    internal static bool OverridesModel(string parameter) => parameter == "config" || parameter.StartsWith("file:", StringComparison.Ordinal);

    internal static Failure NoOverride(string parameter)
        => Failure.Invalid($"parameters.{parameter}", "a model of its own", "no such parameter, as a model version comes from the registry: deploy it with PATCH /api/v1/endpoints/{endpoint}");

    private static string Name(HttpContext context) => (string)context.GetRouteValue("endpoint")!;

    private static T Service<T>(HttpContext context) where T : notnull => (T)context.RequestServices.GetService(typeof(T))!;

    private readonly record struct RepositoryBody(bool OnlyReady, string? Overrides);
}
