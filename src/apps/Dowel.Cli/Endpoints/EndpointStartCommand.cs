namespace Dowel.Cli.Endpoints;

/// <summary>Starts an endpoint.</summary>
internal sealed class EndpointStartCommand(CliHost host) : EndpointStateCommand(host, "start", "Start a stopped endpoint, and wait until it is ready.", stopped: false);
