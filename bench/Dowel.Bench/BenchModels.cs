using System.Diagnostics;
using System.Globalization;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Bench;

/// <summary>Deploys models made for the bench, and scripts that ask them.</summary>
internal static class BenchModels
{
    /// <summary>Uploads a folder as a run's artifacts, registers it and deploys it; comes back when it answers.</summary>
    public static async Task DeployAsync(DowelClient client, string endpoint, string folder, string flavor, DeploymentSettings? settings = null)
    {
        var model = await RegisterAsync(client, folder, flavor);
        await client.Endpoints.CreateAsync(new CreateEndpoint { Name = endpoint, Deployment = new DeploymentSpec { Model = model, Version = 1, Settings = settings } });
        await client.Endpoints.WaitUntilReadyAsync(endpoint);
    }

    /// <summary>Registers a folder as version 1 of a new model; the model's id.</summary>
    public static async Task<string> RegisterAsync(DowelClient client, string folder, string flavor)
    {
        var name = $"bench-{Guid.NewGuid():n}";
        var experiment = await client.Experiments.CreateAsync(new CreateExperiment { Name = name });
        var run = await client.Runs.CreateAsync(experiment.Id, new CreateRun());
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            await using var file = File.OpenRead(path);
            await client.Runs.UploadArtifactAsync(run.Id, $"model/{Path.GetFileName(path)}", file);
        }
        var model = await client.Models.CreateAsync(new CreateModel { Name = name });
        await client.Models.CreateVersionAsync(model.Id, new CreateModelVersion { RunId = run.Id, Flavor = flavor });
        return model.Id;
    }

    /// <summary>Runs a script of Debian's Python.</summary>
    public static async Task PythonAsync(params string[] arguments)
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments))!;
        await python.WaitForExitAsync();
        if (python.ExitCode != 0) throw new InvalidOperationException("The models could not be trained; it takes Debian's python3-sklearn, python3-onnx and python3-torch.");
    }

    /// <summary>A script for wrk that sends a row of numbers, different ones each time, so that nothing is answered from a cache of the processor's branches.</summary>
    public static string Rows(string token, string input, int columns) => string.Create(CultureInfo.InvariantCulture, $$"""
        local bodies, n = {}, 0
        init = function() math.randomseed(7); for i = 1, 1000 do
          local row = {}; for c = 1, {{columns}} do row[c] = string.format("%.6f", math.random() * 4 - 2) end
          bodies[i] = wrk.format("POST", nil, { ["Authorization"] = "Bearer {{token}}", ["Content-Type"] = "application/json" },
            '{"inputs":[{"name":"{{input}}","shape":[1,{{columns}}],"datatype":"FP32","data":[' .. table.concat(row, ",") .. ']}]}') end end
        request = function() n = n % 1000 + 1; return bodies[n] end
        """);
}
