using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>Changes an endpoint.</summary>
internal sealed class EndpointUpdateCommand : ClientCommand
{
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };
    private readonly Option<string?> rename = new("--name") { Description = "New name; the prediction URL changes with it.", HelpName = "name" };
    private readonly Option<string?> description = new("--description", "-d") { Description = "What it is, for people.", HelpName = "text" };
    private readonly Option<string?> owner = new("--owner") { Description = "The user who answers for it.", HelpName = "user" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A tag; may be repeated; replaces all tags.", HelpName = "key=value" };
    private readonly DeploymentOptions deployment;

    public EndpointUpdateCommand(CliHost host) : base(
        host, "update", "Change an endpoint. A new version takes over once it is ready; until then the old one answers.", "dowel endpoint update titanic-survival --model titanic-survival --model-version 2", "dowel endpoint update titanic-survival --features passenger_features --on-missing defaults")
    {
        Arguments.Add(endpoint);
        Options.Add(rename);
        Options.Add(description);
        Options.Add(owner);
        Options.Add(tags);
        deployment = new DeploymentOptions(this, modelRequired: false);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var change = new PatchEndpoint
        {
            Name = args.GetValue(rename),
            Description = args.GetValue(description),
            Owner = args.GetValue(owner),
            Tags = Lines.PairsOrNull(args.GetValue(tags), "--tag"),
            Deployment = deployment.Deployment(args),
            Features = deployment.Features(args),
        };
        var changed = await session.Client.Endpoints.UpdateAsync(args.GetValue(endpoint)!, change, cancellationToken: cancellationToken);
        if (change.Deployment is not null) changed = await deployment.ReadyAsync(session, args, changed, cancellationToken);
        if (changed.Deployments.FirstOrDefault(d => d.State == DeploymentState.Failed) is { } failed && change.Deployment is not null)
            throw new CliException($"The new deployment {failed.Model}/{failed.Version} could not be started: {failed.Message}", "The endpoint goes on with what it served before, if that still runs; deploy a version that loads.");
        return session.Output.Done($"Endpoint {changed.Name} is {Cell.Of(changed.State)}, serves {string.Join(", ", changed.Deployments.Select(d => $"{d.Model}/{d.Version}"))}.", changed);
    }
}
