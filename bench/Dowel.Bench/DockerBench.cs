using System.Diagnostics;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Bench;

/// <summary>A model server in a container, asked through Dowel and directly, in turn, by one connection.</summary>
internal static class DockerBench
{
    private const string Endpoint = "bench-image";

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(DemoServer demo, BenchOptions options)
    {
        using var client = DowelClient.Connect(new Uri(demo.Url), demo.Token);
        await RunAsync(Path.Combine(options.Home, "bench", "Dowel.Bench", "image.sh"), Path.Combine(options.Home, "tests", "Dowel.Adapters.Docker.Tests", "model_server.py"));
        await client.Endpoints.CreateAsync(new CreateEndpoint { Name = Endpoint, Deployment = new DeploymentSpec { Container = new ContainerSpec { Image = "dowel-bench/model:1", Protocol = "oip" } } });
        try
        {
            var endpoint = await client.Endpoints.WaitUntilReadyAsync(Endpoint);
            var container = await RunAsync("docker", "ps", "-q", "--filter", $"label=dowel.deployment={endpoint.Deployments[0].Id}");
            var address = await RunAsync("docker", "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container);
            var script = Path.Combine(Path.GetTempPath(), $"dowel-bench-docker-{Environment.ProcessId}.lua");
            await File.WriteAllTextAsync(script, BenchModels.Rows(demo.Token, "x", 1).Replace("[1,1]", "[1]").Replace("FP32", "FP64"));
            string[] urls = [$"{demo.Url}/v2/models/{Endpoint}/infer", $"http://{address}:8080/v2/models/double/infer"];
            List<Load>[] loads = [[], []];
            foreach (var url in urls) await Wrk.RunAsync(1, Wrk.WarmUpSeconds, url, script);
            for (var round = 0; round < options.Rounds; round++)
                for (var i = 0; i < 2; i++) loads[i].Add(await Wrk.RunAsync(1, options.Seconds, urls[i], script));
            File.Delete(script);
            var (through, direct) = (Wrk.Median(loads[0].Select(l => l.P50Ms)), Wrk.Median(loads[1].Select(l => l.P50Ms)));
            var errors = loads.Sum(l => l.Sum(r => r.Errors));
            return
            [
                new("Docker image, 1 connection: median added", $"{through - direct:0.00} ms ({through:0.00} ms)", "at most 0.3 ms", $"{direct:0.00} ms, the container directly", through - direct <= 0.3),
                new("Docker image: answers that are not 200", $"{errors}", "0", null, errors == 0),
            ];
        }
        finally
        {
            await client.Endpoints.DeleteAsync(Endpoint);
        }
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true }) ?? throw new InvalidOperationException($"{program} could not be started");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"{program} ended with {process.ExitCode}; this part takes a Docker engine");
    }
}
