namespace Dowel.Cli.Endpoints;

/// <summary>Stops an endpoint.</summary>
internal sealed class EndpointStopCommand(CliHost host) : EndpointStateCommand(host, "stop", "Stop an endpoint: it answers 503 until it is started again.", stopped: true);
