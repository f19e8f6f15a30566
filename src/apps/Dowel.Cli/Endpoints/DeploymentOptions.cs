using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>What to deploy: a model version, an image, a server elsewhere, a graph, or nothing but the log; and how it runs.</summary>
internal sealed class DeploymentOptions
{
    private readonly Option<string?> model = new("--model", "-m") { Description = "The model: name, project.name or id.", HelpName = "model" };
    private readonly Option<int?> version = new("--model-version", "-v") { Description = "The version's number; else --alias.", HelpName = "n" };
    private readonly Option<string?> alias = new("--alias") { Description = "An alias, resolved now; default production.", HelpName = "alias" };
    private readonly Option<bool> allowRefused = new("--allow-refused") { Description = "Deploy a version that its gate refused all the same." };
    private readonly Option<string?> image = new("--image") { Description = "A Docker image that answers HTTP, in place of a model.", HelpName = "image" };
    private readonly Option<string?> url = new("--url") { Description = "A model server that runs elsewhere, in place of a model.", HelpName = "url" };
    private readonly Option<string?> protocol = new("--protocol") { Description = "What the image or server speaks; default oip (Open Inference Protocol v2).", HelpName = "oip|seldon|mlflow|openai|raw" };
    private readonly Option<int?> port = new("--port") { Description = "The port the image listens on; default the protocol's own.", HelpName = "port" };
    private readonly Option<string[]> environment = new("--env") { Description = "An environment variable of the image; may be repeated.", HelpName = "name=value" };
    private readonly Option<string[]> secrets = new("--secret") { Description = "An environment variable that is kept encrypted; =@file reads a file, =- asks. May be repeated.", HelpName = "name=value" };
    private readonly Option<string[]> egress = new("--egress") { Description = "Where the image may connect to; default nowhere, * for anywhere. May be repeated.", HelpName = "host:port" };
    private readonly Option<string?> graph = new("--graph") { Description = "A graph of other endpoints, in place of a model: a YAML or JSON file.", HelpName = "graph.yaml" };
    private readonly Option<bool> observed = new("--observed") { Description = "A model that runs elsewhere and whose predictions are sent here to be watched." };
    private readonly Option<int?> replicas = new("--replicas") { Description = "Replicas, 1 to 64; default 1.", HelpName = "n" };
    private readonly SettingsOptions settings;

    public DeploymentOptions(Command command)
    {
        protocol.AcceptOnlyFromAmong("oip", "seldon", "mlflow", "openai", "raw");
        foreach (var option in new Option[] { model, version, alias, allowRefused, image, url, protocol, port, environment, secrets, egress, graph, observed, replicas }) command.Options.Add(option);
        settings = new SettingsOptions(command);
    }

    /// <summary>What the file says, and over it what the options say; null where neither says anything.</summary>
    /// <param name="host">The command line's surroundings.</param>
    /// <param name="args">The options.</param>
    /// <param name="given">What the file says; null for nothing.</param>
    /// <param name="current">What is deployed now; null for nothing. Asked where the options change a part of it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<DeploymentSpec?> ReadAsync(CliHost host, ParseResult args, DeploymentSpec? given, Func<Task<Deployment?>> current, CancellationToken cancellationToken)
    {
        if (args.GetValue(version) is not null && args.GetValue(alias) is not null) throw CliException.Usage("--model-version and --alias exclude each other.");
        var sources = new[] { (args.GetValue(model) is not null, "--model"), (args.GetValue(image) is not null, "--image"), (args.GetValue(url) is not null, "--url"), (args.GetValue(graph) is not null, "--graph"), (args.GetValue(observed), "--observed") }
            .Where(s => s.Item1).Select(s => s.Item2).ToList();
        if (sources.Count > 1) throw CliException.Usage($"{string.Join(" and ", sources)} exclude each other.");
        var spec = given ?? new DeploymentSpec();
        // The options say what is deployed, whatever the file says.
        if (sources.Count == 1) spec = spec with { Model = "", Version = null, Alias = null, Container = null, Remote = null, Graph = null, Observed = null };
        spec = spec with
        {
            Model = args.GetValue(model) ?? spec.Model,
            Version = args.GetValue(version) ?? (args.GetValue(alias) is null ? spec.Version : null),
            Alias = args.GetValue(alias) ?? (args.GetValue(version) is null ? spec.Alias : null),
            AllowRefused = args.GetValue(allowRefused) || spec.AllowRefused,
            Replicas = args.GetValue(replicas) ?? spec.Replicas,
            Graph = args.GetValue(graph) is { } file ? await JsonFile.ReadAsync<InferenceGraph>(host, file, cancellationToken) : spec.Graph,
            Observed = args.GetValue(observed) ? new ObservedSpec() : spec.Observed,
        };
        if (args.GetValue(image) is { } name) spec = spec with { Container = new ContainerSpec { Image = name } };
        if (args.GetValue(url) is { } address) spec = spec with { Remote = new RemoteSpec { Url = address } };
        if (OfServer(args)) spec = await ServerAsync(host, args, spec, current, cancellationToken);
        if (settings.IsGiven(args)) spec = spec with { Settings = settings.Read(args, spec.Settings ?? (await current())?.Settings ?? new DeploymentSettings()) };
        return spec == new DeploymentSpec() && given is null ? null : spec;
    }

    private bool OfServer(ParseResult args) =>
        args.GetValue(protocol) is not null || args.GetValue(port) is not null || args.GetValue(environment) is { Length: > 0 } || args.GetValue(secrets) is { Length: > 0 } || args.GetValue(egress) is { Length: > 0 };

    private async Task<DeploymentSpec> ServerAsync(CliHost host, ParseResult args, DeploymentSpec spec, Func<Task<Deployment?>> current, CancellationToken cancellationToken)
    {
        if (spec is { Model: "", Container: null, Remote: null, Graph: null, Observed: null } && await current() is { } now) spec = spec with { Container = now.Container, Remote = now.Remote };
        if (spec.Remote is { } remote && args.GetValue(port) is null && args.GetValue(environment) is not { Length: > 0 } && args.GetValue(secrets) is not { Length: > 0 } && args.GetValue(egress) is not { Length: > 0 })
            return spec with { Remote = remote with { Protocol = args.GetValue(protocol) ?? remote.Protocol } };
        if (spec.Container is not { } container) throw CliException.Usage("--port, --env, --secret and --egress are of an image, --protocol of an image or server.", "Give --image or --url.");
        return spec with
        {
            Container = container with
            {
                Protocol = args.GetValue(protocol) ?? container.Protocol,
                Port = args.GetValue(port) ?? container.Port,
                Environment = Over(container.Environment, Lines.Pairs(args.GetValue(environment), "--env")),
                Secrets = Over(container.Secrets, await SecretsAsync(host, Lines.Pairs(args.GetValue(secrets), "--secret"), cancellationToken)),
                Egress = args.GetValue(egress) is { Length: > 0 } to ? to : container.Egress,
            },
        };
    }

    private static async Task<Dictionary<string, string>> SecretsAsync(CliHost host, Dictionary<string, string> pairs, CancellationToken cancellationToken)
    {
        foreach (var (name, text) in pairs.ToList())
        {
            if (text.StartsWith('@')) pairs[name] = (await File.ReadAllTextAsync(text[1..], cancellationToken)).TrimEnd('\r', '\n');
            if (text != "-") continue;
            if (host.Interactive) await host.Error.WriteAsync($"{name}: ");
            pairs[name] = host.ReadSecret();
        }
        return pairs;
    }

    private static IReadOnlyDictionary<string, string>? Over(IReadOnlyDictionary<string, string>? old, Dictionary<string, string> pairs)
    {
        if (pairs.Count == 0) return old;
        foreach (var (name, value) in old ?? pairs) pairs.TryAdd(name, value);
        return pairs;
    }
}
