using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>Makes an endpoint.</summary>
internal sealed class EndpointCreateCommand : ClientCommand
{
    private readonly Argument<string?> name = new("name") { Description = "Its name, unique on the server; part of the prediction URL.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> file = new("--file", "-f") { Description = "A YAML or JSON file with all of it; options override it.", HelpName = "endpoint.yaml" };
    private readonly DeploymentOptions deployment;
    private readonly EndpointOptions endpoint;
    private readonly ResourceOptions resource;

    public EndpointCreateCommand(CliHost host) : base(
        host, "create", "Make an endpoint: a model version, a Docker image, a server elsewhere or a graph under a stable URL.",
        "dowel endpoint create titanic-survival --model titanic-survival --replicas 2 --features passenger_features",
        "dowel endpoint create churn --model crm.churn --model-version 3 --scale-to-zero --batch-size 32",
        "dowel endpoint create sentiment --image registry.example.com/nlp/sentiment:3 --protocol seldon --secret API_KEY=- --memory-mb 2048",
        "dowel endpoint create legacy --url https://models.example.com --protocol mlflow --rps 50",
        "dowel endpoint create offers --graph offers.yaml",
        "dowel endpoint create partner --observed",
        "dowel endpoint create -f endpoint.yaml")
    {
        Arguments.Add(name);
        Options.Add(file);
        deployment = new DeploymentOptions(this);
        endpoint = new EndpointOptions(this);
        resource = new ResourceOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var spec = args.GetValue(file) is { } path ? await JsonFile.ReadAsync<CreateEndpoint>(Host, path, cancellationToken) : new CreateEndpoint();
        spec = spec with
        {
            Name = args.GetValue(name) ?? spec.Name,
            Project = resource.Project(args) ?? spec.Project,
            Description = resource.Description(args) ?? spec.Description,
            Owner = resource.Owner(args) ?? spec.Owner,
            Tags = resource.Tags(args) ?? spec.Tags,
            Deployment = await deployment.ReadAsync(Host, args, spec.Deployment, () => Task.FromResult<Deployment?>(null), cancellationToken) ?? spec.Deployment,
            Features = endpoint.Features(args, spec.Features),
            Limits = await endpoint.LimitsAsync(args, spec.Limits, () => Task.FromResult<EndpointLimits?>(null)),
        };
        if (spec.Name.Length == 0) throw CliException.Usage("The endpoint's name is missing.", "Give it, or \"name\" in the file.");
        if (spec.Deployment is { Model: "", Container: null, Remote: null, Graph: null, Observed: null }) throw CliException.Usage("What to deploy is missing.", "Give one of --model, --image, --url, --graph and --observed, or \"deployment\" in the file.");
        var made = await endpoint.ReadyAsync(session, args, await session.Client.Endpoints.CreateAsync(spec, cancellationToken), cancellationToken);
        return session.Output.Done($"Endpoint {made.Name} is {Cell.Of(made.State)}: {new Uri(session.Client.Address, made.PredictionPath.TrimStart('/')).AbsoluteUri}", made);
    }
}
