using System.Globalization;
using System.Text.Json;
using Docker.DotNet.Models;
using Dowel.Contracts;
using Dowel.Serving.Models;

namespace Dowel.Adapters.Docker;

/// <summary>What is asked of the engine for one replica.</summary>
internal static class ContainerPlan
{
    // What the wrapper of Seldon Core 1 reads, as its operator sets it (operator/controllers and operator/constants).
    private const int SeldonGrpcPort = 9500, SeldonMetricsPort = 6000;

    public static CreateContainerParameters Create(ServerSource source, string name, int port, ResourceLimits limits, int maxProcesses, Egress egress)
    {
        var spec = source.Container!;
        var host = new HostConfig
        {
            NetworkMode = egress.Network,
            RestartPolicy = new RestartPolicy { Name = RestartPolicyKind.No },
            CapDrop = ["ALL"],
            SecurityOpt = ["no-new-privileges"],
            PidsLimit = maxProcesses,
            // Takes the place of process 1: passes signals on and buries the dead.
            Init = true,
            NanoCPUs = (long)((limits.Cpus ?? 0) * 1e9),
            Memory = (limits.MemoryMb ?? 0L) << 20,
            // Memory and swap together: no swap.
            MemorySwap = (limits.MemoryMb ?? 0L) << 20,
            LogConfig = new LogConfig { Type = "json-file", Config = new Dictionary<string, string> { ["max-size"] = "16m", ["max-file"] = "2" } },
        };
        // Names are resolved by the proxy; the engine's own resolver would ask the world for a container that may not.
        if (!egress.IsOpen) (host.DNS, host.DNSOptions) = (["127.0.0.1"], ["timeout:1", "attempts:1"]);
        if (spec.Volumes is { Count: > 0 } volumes) host.Binds = [.. volumes];
        if (limits.Gpus is { } gpus and not 0) host.DeviceRequests = [new DeviceRequest { Count = gpus, Capabilities = [["gpu"]] }];
        var plan = new CreateContainerParameters { Name = name, Image = spec.Image, Env = [.. Environment(source, port, egress).Select(e => $"{e.Key}={e.Value}")], HostConfig = host };
        if (spec.Command is { Count: > 0 } command) (plan.Entrypoint, plan.Cmd) = ([command[0]], [.. command.Skip(1)]);
        return plan;
    }

    /// <summary>Tells whether a container that runs is what would be started: a keyed hash of all that is asked for but its name.</summary>
    public static string Hash(DockerEngine engine, CreateContainerParameters plan, int port)
    {
        var name = plan.Name;
        plan.Name = "";
        var hash = engine.Sign($"container:{port}:{JsonSerializer.Serialize(plan)}")[..32];
        plan.Name = name;
        return hash;
    }

    private static Dictionary<string, string> Environment(ServerSource source, int port, Egress egress)
    {
        var spec = source.Container!;
        var environment = new Dictionary<string, string>();
        if (spec.Protocol == "seldon")
        {
            var text = port.ToString(CultureInfo.InvariantCulture);
            environment["PREDICTIVE_UNIT_SERVICE_PORT"] = text;
            environment["PREDICTIVE_UNIT_HTTP_SERVICE_PORT"] = text;
            environment["PREDICTIVE_UNIT_GRPC_SERVICE_PORT"] = SeldonGrpcPort.ToString(CultureInfo.InvariantCulture);
            environment["PREDICTIVE_UNIT_METRICS_SERVICE_PORT"] = SeldonMetricsPort.ToString(CultureInfo.InvariantCulture);
            environment["PREDICTIVE_UNIT_METRICS_ENDPOINT"] = "/prometheus";
            environment["PREDICTIVE_UNIT_ID"] = "model";
            environment["PREDICTIVE_UNIT_IMAGE"] = spec.Image;
            environment["PREDICTOR_ID"] = source.DeploymentId;
            environment["PREDICTOR_LABELS"] = "{}";
            environment["SELDON_DEPLOYMENT_ID"] = source.EndpointId;
            environment["SELDON_EXECUTOR_ENABLED"] = "true";
        }
        if (egress.Proxy is { } proxy)
            foreach (var variable in new[] { "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy" }) environment[variable] = proxy;
        foreach (var (variable, value) in (spec.Environment ?? new Dictionary<string, string>()).Concat(spec.Secrets ?? new Dictionary<string, string>())) environment[variable] = value;
        return environment;
    }
}

/// <summary>How a container reaches others.</summary>
/// <param name="Network">Its network.</param>
/// <param name="IsOpen">Whether it may connect to anywhere.</param>
/// <param name="Proxy">The proxy by which it reaches what it may; null for none.</param>
internal sealed record Egress(string Network, bool IsOpen, string? Proxy);
