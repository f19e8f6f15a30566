using Dowel.Kernel.Ports;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Python;

/// <summary>Loads models of one flavor into Python workers, one a replica.</summary>
internal sealed class PythonRuntime(string flavor, PythonEnvironments environments, IOptions<ServingOptions> options, TimeProvider time, ILogger<PythonRuntime> logger) : IModelRuntime
{
    /// <summary>The flavors that the runner knows.</summary>
    public static readonly string[] Flavors = ["python", "sklearn", "python_function"];

    public string Flavor => flavor;
    public bool IsShared => false;
    public bool RunsCode => true;

    public async Task<ILoadedModel> LoadAsync(ModelArtifact artifact, ModelHost host, CancellationToken cancellationToken)
    {
        var python = options.Value.Python;
        var interpreter = WorkerStart.Interpreter(host.Settings.Python?.Interpreter ?? python.Interpreter);
        if (host.Settings.Python?.InstallRequirements == true) interpreter = await environments.EnsureAsync(artifact.Folder, interpreter, host.Log, cancellationToken);
        return await PythonModel.StartAsync(new WorkerPlan(artifact, host, interpreter, python.Threads, TimeSpan.FromSeconds(python.StartSeconds)), time, logger, cancellationToken);
    }
}
