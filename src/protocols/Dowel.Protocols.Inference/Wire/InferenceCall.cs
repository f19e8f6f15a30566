using System.Buffers;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Gateway;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference.Wire;

/// <summary>The one way of a request over HTTP: open the endpoint, read the body, ask the gateway.</summary>
internal static class InferenceCall
{
    /// <summary>Runs it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="protocol">The protocol, for the log.</param>
    /// <param name="endpoint">The endpoint that the address names.</param>
    /// <param name="version">The model version that it names, or null.</param>
    /// <param name="refuse">A reason to refuse an endpoint that was opened, or null.</param>
    /// <param name="parse">Parses the body, with the request and the endpoint at hand.</param>
    /// <param name="inputs">The inputs in what was parsed.</param>
    public static async Task<Result<Answered<T>>> RunAsync<T>(HttpContext context, string protocol, string endpoint, string? version, Func<IEndpointHandle, Failure?>? refuse,
        Func<ReadOnlySequence<byte>, (HttpContext Http, IEndpointHandle Endpoint), T> parse, Func<T, IReadOnlyList<Tensor>> inputs)
    {
        var answered = await AnswerAsync(context, protocol, endpoint, version, refuse, parse, inputs);
        if (answered.Failure?.RetryAfterSeconds is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return answered;
    }

    private static async Task<Result<Answered<T>>> AnswerAsync<T>(HttpContext context, string protocol, string endpoint, string? version, Func<IEndpointHandle, Failure?>? refuse,
        Func<ReadOnlySequence<byte>, (HttpContext Http, IEndpointHandle Endpoint), T> parse, Func<T, IReadOnlyList<Tensor>> inputs)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        var gateway = context.RequestServices.GetRequiredService<IGateway>();
        var opened = await gateway.OpenAsync(context.Actor(), endpoint, version, Permission.Use, context.RequestAborted);
        if (!opened.TryGet(out var handle, out var failure)) return failure;
        if (refuse?.Invoke(handle) is { } refused) return refused;
        // The header of the IETF's draft: whoever sends it says that asking twice does no harm.
        var request = new InferenceRequest(context.Actor(), protocol, [], startedAt, context.Request.Headers.ContainsKey("Idempotency-Key"));
        var read = await RequestBody.ReadAsync(context, context.RequestServices.GetRequiredService<IOptions<DowelOptions>>().Value.MaxBodyBytes, (context, handle), parse);
        if (!read.TryGet(out var body, out failure))
        {
            gateway.LogRefused(handle, request, failure);
            return failure;
        }
        var answered = await gateway.InferAsync(handle, request with { Inputs = inputs(body) }, context.RequestAborted);
        return answered.Map(answer => new Answered<T>(handle, body, answer));
    }

    /// <summary>Answers JSON.</summary>
    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) write(writer);
        context.Response.ContentType = "application/json";
        return AnswerBody.SendAsync(context, body.WrittenMemory);
    }
}

/// <summary>A request that was answered.</summary>
internal readonly record struct Answered<T>(IEndpointHandle Endpoint, T Body, InferenceAnswer Answer);
