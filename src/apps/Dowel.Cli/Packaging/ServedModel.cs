using Dowel.Cli.Local;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Packaging;

/// <summary>
/// A model's folder behind an endpoint of a server that is a child of this process. Its data is a temporary folder that goes with it. Nobody but this process can sign in there; whoever
/// reaches the address may ask the endpoint, and read health and metrics, as with the runner of Python models.
/// </summary>
internal sealed class ServedModel : IAsyncDisposable
{
    private readonly CliHost host;
    private readonly LocalServer server;
    private readonly string data;

    private ServedModel(CliHost host, LocalServer server, string data, DowelClient client, Endpoint endpoint)
    {
        this.host = host;
        this.server = server;
        this.data = data;
        Client = client;
        Endpoint = endpoint;
    }

    /// <summary>Signed in as the server's administrator.</summary>
    public DowelClient Client { get; }

    public Endpoint Endpoint { get; }

    /// <param name="host">The command line's surroundings.</param>
    /// <param name="model">What to serve.</param>
    /// <param name="name">The endpoint's name.</param>
    /// <param name="address">The address to listen on.</param>
    /// <param name="port">The port, which is free.</param>
    /// <param name="grpcPort">The port of gRPC; 0 for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<ServedModel> StartAsync(CliHost host, ModelFolder model, string name, string address, int port, int grpcPort, CancellationToken cancellationToken)
    {
        var dll = ServerOptions.FindServer(host);
        var dotnet = DotnetHost.Find(host);
        var options = new ServerOptions { DataDir = Directory.CreateTempSubdirectory("dowel-serve-").FullName, Host = address, Port = port, GrpcPort = grpcPort, Settings = Settings(name) };
        LocalServer? server = null;
        DowelClient? client = null;
        try
        {
            server = await LocalServer.StartAsync(host, dotnet, dll, options, keepsLog: false, cancellationToken);
            client = host.Connect(server.Url, server.Token);
            return new ServedModel(host, server, options.DataDir, client, await DeployAsync(client, model, name, cancellationToken));
        }
        catch (Exception e)
        {
            // That it is gone says less than its last words.
            var died = server is not null && e is DowelException { Code: DowelException.Unreachable } ? await server.WhyItDiedAsync() : null;
            client?.Dispose();
            if (server is not null) await server.DisposeAsync();
            TemporaryFolder.Delete(options.DataDir);
            if (died is not null) throw died;
            throw;
        }
    }

    /// <summary>Stays until it is told to end, or the server ends by itself, which is an error.</summary>
    public async Task StayAsync(CancellationToken cancellationToken)
    {
        server.Process.SpeakTo(host.Error);
        try
        {
            await server.Process.ExitedAsync(cancellationToken);
            // Ctrl-C at a terminal reaches the server as well, and it may be the faster one.
            await Task.Delay(500, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        throw await server.DiedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server.DisposeAsync();
        TemporaryFolder.Delete(data);
    }

    /// <summary>One endpoint for everybody, and no rooms that would write down what is asked. What the environment says of another server is not meant for this one.</summary>
    private static Dictionary<string, string> Settings(string name) => new()
    {
        ["Dowel:Database"] = "",
        ["Dowel:SingleUser"] = "false",
        ["Dowel:AnonymousMetrics"] = "true",
        ["Dowel:AnonymousPredictions"] = "true",
        ["Serving:RootEndpoint"] = name,
        ["Rooms:Experiments"] = "true",
        ["Rooms:Registry"] = "true",
        ["Rooms:Serving"] = "true",
        ["Rooms:Catalog"] = "false",
        ["Rooms:Features"] = "false",
        ["Rooms:Observability"] = "false",
        ["Logging:LogLevel:Default"] = "Warning",
    };

    private static async Task<Endpoint> DeployAsync(DowelClient client, ModelFolder model, string name, CancellationToken cancellationToken)
    {
        var experiment = await client.Experiments.CreateAsync(new CreateExperiment { Name = name }, cancellationToken);
        var run = await client.Runs.CreateAsync(experiment.Id, new CreateRun { Name = name }, cancellationToken);
        foreach (var file in ModelFolder.Files(model.Path))
        {
            await using var content = new FileStream(Path.Combine(model.Path, file), FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
            await client.Runs.UploadArtifactAsync(run.Id, $"model/{file.Replace(Path.DirectorySeparatorChar, '/')}", content, cancellationToken: cancellationToken);
        }
        var registered = await client.Models.CreateAsync(new CreateModel { Name = name }, cancellationToken);
        var spec = new CreateModelVersion { RunId = run.Id, Flavor = model.Flavor, Signature = model.Description?.Signature, InputExample = model.Description?.InputExample };
        var version = await client.Models.CreateVersionAsync(registered.Id, spec, cancellationToken);
        var made = await client.Endpoints.CreateAsync(new CreateEndpoint { Name = name, Deployment = new DeploymentSpec { Model = registered.Id, Version = version.Version } }, cancellationToken);
        await client.Resources.ShareAsync(made.Id, new Contracts.Sharing { Visibility = Visibility.Public }, cancellationToken);
        try
        {
            return await client.Endpoints.WaitUntilReadyAsync(made.Id, cancellationToken);
        }
        catch (DowelException e) when (e.Code == ErrorCodes.NotReady.Code)
        {
            var why = (await client.Endpoints.GetAsync(made.Id, cancellationToken)).Deployments.FirstOrDefault(d => d.Message is not null)?.Message;
            throw new CliException($"{model.Path} cannot be loaded as {model.Flavor}: {why ?? e.Message}", "If it is of another flavor, name that with --flavor.");
        }
    }
}
