using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>Makes an endpoint.</summary>
internal sealed class EndpointCreateCommand : ClientCommand
{
    private readonly Argument<string> name = new("name") { Description = "Its name, unique on the server; part of the prediction URL." };
    private readonly DeploymentOptions deployment;
    private readonly ResourceOptions resource;

    public EndpointCreateCommand(CliHost host) : base(
        host, "create", "Make an endpoint that serves a model version.", "dowel endpoint create titanic-survival --model titanic-survival --replicas 2 --features passenger_features", "dowel endpoint create churn --model crm.churn --model-version 3")
    {
        Arguments.Add(name);
        deployment = new DeploymentOptions(this, modelRequired: true);
        resource = new ResourceOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var spec = new CreateEndpoint
        {
            Name = args.GetValue(name)!,
            Project = resource.Project(args),
            Description = resource.Description(args),
            Owner = resource.Owner(args),
            Tags = resource.Tags(args),
            Deployment = deployment.Deployment(args)!,
            Features = deployment.Features(args),
        };
        var made = await deployment.ReadyAsync(session, args, await session.Client.Endpoints.CreateAsync(spec, cancellationToken), cancellationToken);
        return session.Output.Done($"Endpoint {made.Name} is {Cell.Of(made.State)}: {new Uri(session.Client.Address, made.PredictionPath.TrimStart('/')).AbsoluteUri}", made);
    }
}
