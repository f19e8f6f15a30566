using System.Collections.Concurrent;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Serving;
using Dowel.Serving.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference.Tests.Remote;

/// <summary>A model server of the test's making, on a port of its own.</summary>
internal sealed class ModelServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ModelServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First() + "/");

    /// <summary>Requests that came in: <c>METHOD path</c> and the body.</summary>
    public ConcurrentQueue<(string Line, string Body, IHeaderDictionary Headers)> Requests { get; } = new();

    /// <summary>Starts one that answers each of these paths with this JSON, or by a handler; others with 404.</summary>
    public static async Task<ModelServer> StartAsync(IReadOnlyDictionary<string, object> answers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ModelServer(app);
        app.Run(async context =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var line = $"{context.Request.Method} {context.Request.Path}";
            server.Requests.Enqueue((line, Encoding.Latin1.GetString(body.ToArray()), new HeaderDictionary(context.Request.Headers.ToDictionary())));
            context.Items["body"] = body.ToArray();
            switch (answers.GetValueOrDefault(line))
            {
                case string json:
                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync(json);
                    break;
                case RequestDelegate handler: await handler(context); break;
                default: context.Response.StatusCode = 404; break;
            }
        });
        await app.StartAsync();
        return server;
    }

    /// <summary>Connects to it.</summary>
    public async Task<IForwardingModel> ConnectAsync(string protocol, string? modelName = null, Action<ServingOptions>? configure = null)
        => (IForwardingModel)await Runtime(configure).StartAsync(new ServerSource("e", "d", 0, null, new RemoteSpec { Url = Address.ToString(), Protocol = protocol, ModelName = modelName }), ModelHost.Trial, TestContext.Current.CancellationToken);

    /// <summary>What connects to servers.</summary>
    public static IServerRuntime Runtime(Action<ServingOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddInferenceClients();
        var options = new ServingOptions();
        configure?.Invoke(options);
        services.AddSingleton(Options.Create(options));
        return services.BuildServiceProvider().GetServices<IServerRuntime>().Single(r => r.Kind == "remote");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
