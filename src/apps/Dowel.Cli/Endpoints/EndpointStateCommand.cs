using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>Stops or starts an endpoint.</summary>
internal abstract class EndpointStateCommand : ClientCommand
{
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };
    private readonly bool stopped;

    protected EndpointStateCommand(CliHost host, string name, string description, bool stopped) : base(host, name, description, $"dowel endpoint {name} titanic-survival")
    {
        this.stopped = stopped;
        Arguments.Add(endpoint);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var changed = await session.Client.Endpoints.UpdateAsync(args.GetValue(endpoint)!, new PatchEndpoint { Stopped = stopped }, cancellationToken: cancellationToken);
        if (!stopped) changed = await session.Client.Endpoints.WaitUntilReadyAsync(changed.Id, cancellationToken);
        return session.Output.Done($"Endpoint {changed.Name} is {Cell.Of(changed.State)}.", changed);
    }
}
