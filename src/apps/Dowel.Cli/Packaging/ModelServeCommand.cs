using System.CommandLine;
using Dowel.Cli.Local;

namespace Dowel.Cli.Packaging;

/// <summary>Serves a model's folder over HTTP without the platform: by the runner, which takes the place of this process, or by a server of its own.</summary>
internal sealed class ModelServeCommand : DowelCommand
{
    private readonly Argument<string> folder = new("dir") { Description = "The model's folder." };
    private readonly Option<string> address = new("--host") { Description = "The address to listen on; whoever reaches it may call the model.", DefaultValueFactory = _ => "127.0.0.1", HelpName = "address" };
    private readonly Option<int> port = ServerOptions.PortOption("--port", "The port to listen on; 0 takes a free one.", 8080, "0 takes a free one");
    private readonly Option<int> grpcPort = ServerOptions.PortOption("--grpc-port", "The port of gRPC, of a model that Dowel runs itself; 0 for none.", 0, "0 is none");
    private readonly Option<string?> name = new("--name") { Description = "The model's name in its URLs; default the folder's.", HelpName = "name" };
    private readonly Option<string?> flavor = ModelFolder.FlavorOption();
    private readonly Option<string?> python = Runner.PythonOption();

    public ModelServeCommand(CliHost host) : base(
        host,
        "serve",
        "Serve a model's folder on this machine, without the platform: Open Inference Protocol v2, Seldon v1, /metrics and health; MLflow's and gRPC too where Dowel runs the model itself.",
        "dowel model serve ./iris",
        "dowel model serve ./iris --port 9000 --python ./venv",
        "dowel model serve ./iris-onnx --name iris --grpc-port 9001",
        "dowel model serve ./churn --flavor lightgbm --host 0.0.0.0")
    {
        Arguments.Add(folder);
        Options.Add(address);
        Options.Add(port);
        Options.Add(grpcPort);
        Options.Add(name);
        Options.Add(flavor);
        Options.Add(python);
    }

    protected override async Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken)
    {
        var model = ModelFolder.Open(args.GetValue(folder)!, args.GetValue(flavor));
        model.Refuse(args, forPython: true, python);
        model.Refuse(args, forPython: false, grpcPort);
        return model.IsPython ? await RunnerAsync(args, model, cancellationToken) : await ServerAsync(args, model, cancellationToken);
    }

    private async Task<int> RunnerAsync(ParseResult args, ModelFolder model, CancellationToken cancellationToken)
    {
        var interpreter = Runner.Python(Host, args.GetValue(python));
        var chosen = Ports.Check(args.GetValue(address)!, args.GetValue(port));
        List<string> arguments = [Runner.Folder, "serve", model.Path, "--flavor", model.Flavor, "--host", args.GetValue(address)!, "--port", $"{chosen}"];
        if (args.GetValue(name) is { } given) arguments.AddRange(["--name", given]);
        await Host.Error.FlushAsync(cancellationToken);
        if (OperatingSystem.IsWindows()) throw new CliException("The runner of Python models needs Linux or macOS.", "Run it in the Windows Subsystem for Linux, or in a container: 'dowel package'.");
        var why = NativeProcess.Replace(interpreter, arguments, new Dictionary<string, string>());
        throw new CliException($"{interpreter} could not be started: {why}");
    }

    private async Task<int> ServerAsync(ParseResult args, ModelFolder model, CancellationToken cancellationToken)
    {
        var host = args.GetValue(address) is "*" or "+" ? "0.0.0.0" : args.GetValue(address)!;
        var chosen = Ports.Check(host, args.GetValue(port));
        var grpc = args.GetValue(grpcPort);
        if (grpc == chosen) throw CliException.Usage($"Port {chosen} cannot be that of gRPC as well.", "Choose another with --grpc-port.");
        if (grpc != 0) Ports.Check(host, grpc, "--grpc-port", "or leave it out");
        await using var served = await ServedModel.StartAsync(Host, model, args.GetValue(name) ?? model.Name, host, chosen, grpc, cancellationToken);
        var url = new ServerOptions { DataDir = "", Host = host, Port = chosen }.Url;
        var site = url.GetLeftPart(UriPartial.Authority);
        await Host.Error.WriteLineAsync($"{served.Endpoint.Name} listens on {site}");
        await Host.Error.WriteLineAsync($"  Open Inference v2  {site}{served.Endpoint.PredictionPath}");
        await Host.Error.WriteLineAsync($"  Seldon v1          {site}/api/v1.0/predictions");
        await Host.Error.WriteLineAsync($"  MLflow             {site}/invocations");
        if (grpc != 0) await Host.Error.WriteLineAsync($"  gRPC               {url.Host}:{grpc}");
        await served.StayAsync(cancellationToken);
        return ExitCodes.Ok;
    }
}
