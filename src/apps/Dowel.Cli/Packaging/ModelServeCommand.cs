using System.CommandLine;
using Dowel.Cli.Local;

namespace Dowel.Cli.Packaging;

/// <summary>Serves a model's folder over HTTP without the platform; the runner takes the place of this process.</summary>
internal sealed class ModelServeCommand : DowelCommand
{
    private readonly Argument<string> folder = new("dir") { Description = "The model's folder." };
    private readonly Option<string> address = new("--host") { Description = "The address to listen on.", DefaultValueFactory = _ => "127.0.0.1", HelpName = "address" };
    private readonly Option<int> port = new("--port") { Description = "The port to listen on; 0 takes a free one.", DefaultValueFactory = _ => 8080, HelpName = "port" };
    private readonly Option<string?> name = new("--name") { Description = "The model's name in its URLs; default the folder's.", HelpName = "name" };
    private readonly Option<string?> flavor = Runner.FlavorOption();
    private readonly Option<string?> python = Runner.PythonOption();

    public ModelServeCommand(CliHost host) : base(
        host,
        "serve",
        "Serve a Python model's folder on this machine, without the platform: Open Inference Protocol v2, Seldon v1, /metrics and health.",
        "dowel model serve ./iris",
        "dowel model serve ./iris --port 9000 --python ./venv")
    {
        Arguments.Add(folder);
        Options.Add(address);
        Options.Add(port);
        Options.Add(name);
        Options.Add(flavor);
        Options.Add(python);
    }

    protected override async Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken)
    {
        var model = Runner.Model(args.GetValue(folder)!, args.GetValue(flavor));
        var interpreter = Runner.Python(Host, args.GetValue(python));
        var chosen = Ports.Check(args.GetValue(address)!, args.GetValue(port));
        List<string> arguments = [Runner.Folder, "serve", model.Folder, "--flavor", model.Flavor, "--host", args.GetValue(address)!, "--port", $"{chosen}"];
        if (args.GetValue(name) is { } given) arguments.AddRange(["--name", given]);
        await Host.Error.FlushAsync(cancellationToken);
        if (OperatingSystem.IsWindows()) throw new CliException("The runner of Python models needs Linux or macOS.", "Run it in the Windows Subsystem for Linux, or in a container: 'dowel package'.");
        var why = NativeProcess.Replace(interpreter, arguments, new Dictionary<string, string>());
        throw new CliException($"{interpreter} could not be started: {why}");
    }
}
