using System.CommandLine;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>Changes an endpoint.</summary>
internal sealed class EndpointUpdateCommand : ClientCommand
{
    private readonly Argument<string> name = new("endpoint") { Description = "Name or id." };
    private readonly Option<string?> file = new("--file", "-f") { Description = "A YAML or JSON file with the change; options override it.", HelpName = "change.yaml" };
    private readonly Option<string?> rename = new("--name") { Description = "New name; the prediction URL changes with it.", HelpName = "name" };
    private readonly Option<string?> description = new("--description", "-d") { Description = "What it is, for people.", HelpName = "text" };
    private readonly Option<string?> owner = new("--owner") { Description = "The user who answers for it.", HelpName = "user" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A tag; may be repeated; replaces all tags.", HelpName = "key=value" };
    private readonly Option<bool> beside = new("--beside") { Description = "Put the new deployment beside the present ones, without traffic, in place of replacing them; 'dowel endpoint traffic' gives it a share." };
    private readonly DeploymentOptions deployment;
    private readonly EndpointOptions endpoint;

    public EndpointUpdateCommand(CliHost host) : base(
        host, "update", "Change an endpoint. A new version, or other settings, take over once they are ready; until then the old ones answer. What is not named stays.",
        "dowel endpoint update titanic-survival --model-version 2",
        "dowel endpoint update titanic-survival --features passenger_features --on-missing defaults",
        "dowel endpoint update churn --min-replicas 2 --max-replicas 8 --rps 200",
        "dowel endpoint update titanic-survival --model-version 3 --beside",
        "dowel endpoint update sentiment --image registry.example.com/nlp/sentiment:4")
    {
        Arguments.Add(name);
        Options.Add(file);
        Options.Add(rename);
        Options.Add(description);
        Options.Add(owner);
        Options.Add(tags);
        Options.Add(beside);
        deployment = new DeploymentOptions(this);
        endpoint = new EndpointOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var change = args.GetValue(file) is { } path ? await JsonFile.ReadAsync<PatchEndpoint>(Host, path, cancellationToken) : new PatchEndpoint();
        // What is changed in part is sent whole, so what is there is asked for; once.
        Endpoint? known = null;
        async Task<Endpoint> CurrentAsync() => known ??= await session.Client.Endpoints.GetAsync(args.GetValue(name)!, cancellationToken);
        change = change with
        {
            Name = args.GetValue(rename) ?? change.Name,
            Description = args.GetValue(description) ?? change.Description,
            Owner = args.GetValue(owner) ?? change.Owner,
            Tags = Lines.PairsOrNull(args.GetValue(tags), "--tag") ?? change.Tags,
            Deployment = await deployment.ReadAsync(Host, args, change.Deployment, async () => (await CurrentAsync()).Deployments.LastOrDefault(), cancellationToken),
            Features = endpoint.Features(args, change.Features),
            Limits = await endpoint.LimitsAsync(args, change.Limits, async () => (await CurrentAsync()).Limits),
        };
        if (args.GetValue(beside)) change = change with { Deployment = (change.Deployment ?? throw CliException.Usage("--beside needs something to deploy, such as --model-version.")) with { Beside = true } };
        var changed = await session.Client.Endpoints.UpdateAsync(args.GetValue(name)!, change, known?.Revision, cancellationToken);
        if (change.Deployment is not null) changed = await endpoint.ReadyAsync(session, args, changed, cancellationToken);
        if (changed.Deployments.FirstOrDefault(d => d.State == DeploymentState.Failed) is { } failed && change.Deployment is not null)
            throw new CliException($"The new deployment {DeploymentText.Serves(failed)} could not be started: {failed.Message}", $"The endpoint goes on with what it served before, if that still runs; 'dowel endpoint logs {changed.Name}' says more.");
        return session.Output.Done($"Endpoint {changed.Name} is {Cell.Of(changed.State)}, serves {string.Join(", ", changed.Deployments.Select(DeploymentText.Serves))}.", changed);
    }
}
