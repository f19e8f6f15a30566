using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Serving;
using Dowel.Testing;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Protocols.Inference.Tests;

/// <summary>The serving room with its protocols on a bare host, over models that answer what they were sent.</summary>
internal sealed class EchoHost : IAsyncDisposable
{
    /// <summary>Each data type as the name of the input and output that has it.</summary>
    public static readonly string[] Types = ["BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FP16", "FP32", "FP64", "BYTES"];

    private EchoHost(RoomHost host, EchoRuntime runtime, KeptPredictions log, HttpClient alice) => (Host, Runtime, Log, Alice) = (host, runtime, log, alice);

    public RoomHost Host { get; }
    public EchoRuntime Runtime { get; }
    public KeptPredictions Log { get; }
    public HttpClient Alice { get; }

    public static async Task<EchoHost> StartAsync(IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? configure = null)
    {
        var runtime = new EchoRuntime();
        var log = new KeptPredictions();
        var host = await RoomHost.StartAsync(Engine.Sqlite, [new ServingRoom()], settings, services =>
        {
            services.AddSingleton<IModelSource, EchoModels>().AddSingleton<IModelRuntime>(runtime).AddSingleton<IPredictionSink>(log);
            services.AddInferenceGrpc();
            services.Configure<KestrelServerOptions>(k =>
            {
                k.Listen(IPAddress.Loopback, 0);
                k.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            });
            configure?.Invoke(services);
        }, app =>
        {
            app.MapInferenceProtocols();
            app.MapInferenceGrpc();
        });
        var alice = await host.CreateUserAsync("alice");
        var echo = new EchoHost(host, runtime, log, alice);
        await echo.CreateAsync("echo", "echo");
        return echo;
    }

    /// <summary>Where gRPC is spoken.</summary>
    public Uri GrpcAddress => new(Host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Last());

    /// <summary>A gRPC channel of a user, or of nobody.</summary>
    public GrpcChannel Channel(string? user = "alice", Action<GrpcChannelOptions>? configure = null)
    {
        var options = new GrpcChannelOptions { MaxReceiveMessageSize = null };
        configure?.Invoke(options);
        if (user is not null)
        {
            options.Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, CallCredentials.FromInterceptor((_, metadata) =>
            {
                metadata.Add("authorization", $"Bearer {Host.TokenOf(user)}");
                return Task.CompletedTask;
            }));
            options.UnsafeUseInsecureChannelCallCredentials = true;
        }
        return GrpcChannel.ForAddress(GrpcAddress, options);
    }

    /// <summary>Deploys one of <see cref="EchoModels"/>.</summary>
    public async Task CreateAsync(string name, string model)
    {
        await RoomHost.ReadAsync<Endpoint>(await Alice.PostAsJsonAsync("/api/v1/endpoints", new CreateEndpoint { Name = name, Deployment = new DeploymentSpec { Model = model, Version = 1 } }, DowelJson.Options));
        for (var i = 0; i < 500; i++)
        {
            if ((await RoomHost.ReadAsync<Endpoint>(await Alice.GetAsync($"/api/v1/endpoints/{name}"))).State == DeploymentState.Ready) return;
            await Task.Delay(20);
        }
        throw new TimeoutException($"'{name}' was not ready in time");
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}

/// <summary>What there is to deploy: <c>echo</c> takes any of an input a data type, <c>table</c> a few named columns, <c>matrix</c> one input of three numbers a row; <c>slow</c> answers only when it is cancelled.</summary>
internal sealed class EchoModels : IModelSource
{
    public Task<Result<ModelArtifact>> ResolveAsync(Actor actor, string model, string version, CancellationToken cancellationToken)
        => Task.FromResult<Result<ModelArtifact>>(new ModelArtifact { Name = model, Version = 1, Flavor = "echo", Folder = "/nowhere", Signature = SignatureOf(model) });

    public static ModelSignature SignatureOf(string model)
    {
        TensorSpec[] inputs = model switch
        {
            "table" => [new() { Name = "age", Datatype = "INT64" }, new() { Name = "fare", Datatype = "FP32" }, new() { Name = "sex", Datatype = "BYTES" }, new() { Name = "alone", Datatype = "BOOL", Optional = true }],
            "pair" => [new() { Name = "a", Datatype = "FP64" }, new() { Name = "b", Datatype = "FP64" }],
            "matrix" => [new() { Name = "x", Datatype = "FP64", Shape = [-1, 3] }],
            "text" => [new() { Name = "text", Datatype = "BYTES" }],
            _ => [.. EchoHost.Types.Select(t => new TensorSpec { Name = t, Datatype = t, Shape = [-1, -1], Optional = true })],
        };
        return new() { Inputs = inputs, Outputs = inputs };
    }
}

/// <summary>Models that answer their inputs as outputs.</summary>
internal sealed class EchoRuntime : IModelRuntime
{
    public string Flavor => "echo";

    /// <summary>Completes when a slow model was called, and when that call was cancelled.</summary>
    public TaskCompletionSource Called { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<ILoadedModel> LoadAsync(ModelArtifact artifact, ModelHost host, CancellationToken cancellationToken) => Task.FromResult<ILoadedModel>(new Model(this, artifact));

    private sealed class Model(EchoRuntime runtime, ModelArtifact artifact) : ILoadedModel
    {
        public ModelSignature Signature => artifact.Signature!;

        public async ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        {
            if (artifact.Name != "slow") return new ModelOutput(inputs);
            runtime.Called.TrySetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                runtime.Cancelled.TrySetResult();
            }
            return new ModelOutput(inputs);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Keeps what was logged.</summary>
internal sealed class KeptPredictions : IPredictionSink
{
    public ConcurrentQueue<PredictionRecord> Records { get; } = new();

    public void Append(in PredictionRecord record) => Records.Enqueue(record);
}
