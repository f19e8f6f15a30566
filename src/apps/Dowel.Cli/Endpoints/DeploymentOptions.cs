using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>Which model version to deploy, how, and which features to join.</summary>
internal sealed class DeploymentOptions
{
    private readonly Option<string?> model = new("--model", "-m") { Description = "The model: name, project.name or id.", HelpName = "model" };
    private readonly Option<int?> version = new("--model-version", "-v") { Description = "The version's number; else --alias.", HelpName = "n" };
    private readonly Option<string?> alias = new("--alias") { Description = "An alias, resolved now; default production.", HelpName = "alias" };
    private readonly Option<int?> replicas = new("--replicas") { Description = "Replicas, 1 to 64; default 1.", HelpName = "n" };
    private readonly Option<string?> features = new("--features") { Description = "The feature view that it joins by itself.", HelpName = "view" };
    private readonly Option<MissingFeaturesPolicy?> onMissing = new("--on-missing") { Description = "What to do for an entity without features: refuse (error) or use defaults.", HelpName = "error|defaults" };
    private readonly Option<bool> allowRefused = new("--allow-refused") { Description = "Deploy a version that its gate refused all the same." };
    private readonly Option<bool> noWait = new("--no-wait") { Description = "Do not wait until it is ready." };

    public DeploymentOptions(Command command, bool modelRequired)
    {
        model.Required = modelRequired;
        command.Options.Add(model);
        command.Options.Add(version);
        command.Options.Add(alias);
        command.Options.Add(replicas);
        command.Options.Add(features);
        command.Options.Add(onMissing);
        command.Options.Add(allowRefused);
        command.Options.Add(noWait);
    }

    public DeploymentSpec? Deployment(ParseResult args)
    {
        if (args.GetValue(version) is not null && args.GetValue(alias) is not null) throw CliException.Usage("--model-version and --alias exclude each other.");
        if (args.GetValue(model) is { } name) return new DeploymentSpec { Model = name, Version = args.GetValue(version), Alias = args.GetValue(alias), Replicas = args.GetValue(replicas), AllowRefused = args.GetValue(allowRefused) };
        if (args.GetValue(version) is null && args.GetValue(alias) is null && args.GetValue(replicas) is null) return null;
        throw CliException.Usage("--model-version, --alias and --replicas need --model.");
    }

    public FeatureJoin? Features(ParseResult args)
    {
        if (args.GetValue(features) is { } view) return new FeatureJoin { View = view, OnMissing = args.GetValue(onMissing) ?? MissingFeaturesPolicy.Error };
        return args.GetValue(onMissing) is null ? null : throw CliException.Usage("--on-missing needs --features.");
    }

    public async Task<Endpoint> ReadyAsync(CliSession session, ParseResult args, Endpoint endpoint, CancellationToken cancellationToken) =>
        args.GetValue(noWait) ? endpoint : await session.Client.Endpoints.WaitUntilReadyAsync(endpoint.Id, cancellationToken);
}
